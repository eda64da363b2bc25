-- Callers' clocks may differ by a little: nobody is told to wait for longer than a window.
-- KEYS: the times of attempts under each name, newest first. ARGV: now and window in ms, each name's limit.
-- Counts an attempt under each; where one is full, counts nothing: then how many ms until all have room.

local now, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local wait = 0
for i, key in ipairs(KEYS) do
  -- With as many attempts as the limit, the oldest of them that counts has to leave the window first.
  local oldest = redis.call('LINDEX', key, ARGV[i + 2] - 1)
  if oldest then wait = math.max(wait, math.min(oldest + window - now, window)) end
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  redis.call('LPUSH', key, ARGV[1])
  redis.call('LTRIM', key, 0, ARGV[i + 2] - 1)
  redis.call('PEXPIRE', key, window)
end
return 0
