-- Keeps how far a target's relay has read a log, and lets the marks go that none of its logs needs any more.
-- KEYS: positions by log, minutes passed by log, the minute up to which marks were let go.
-- ARGV: target, log, position, the minute passed, how many minutes marks live, the seconds they still have.

local call = redis.call
call('HSET', KEYS[1], ARGV[2], ARGV[3])
call('HSET', KEYS[2], ARGV[2], ARGV[4])

local passed = tonumber(ARGV[4])
for _, minute in ipairs(call('HVALS', KEYS[2])) do passed = math.min(passed, minute) end

local from = math.max(tonumber(call('GET', KEYS[3]) or 0), passed - ARGV[5])
for minute = from, passed - 1 do
  call('EXPIRE', 'dispatched:' .. ARGV[1] .. ':' .. string.format('%.0f', minute), ARGV[6], 'LT')
end
call('SET', KEYS[3], string.format('%.0f', math.max(from, passed)))
