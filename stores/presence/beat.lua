-- Puts down until when a process serves accounts.
-- KEYS: per account the processes, scored by the ms at which they lapse. ARGV: the process, for how many ms.

local call, process = redis.call, ARGV[1]
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, key in ipairs(KEYS) do
  call('ZREMRANGEBYSCORE', key, '-inf', now)
  call('ZADD', key, now + ARGV[2], process)
  call('PEXPIREAT', key, call('ZRANGE', key, -1, -1, 'WITHSCORES')[2])
end
