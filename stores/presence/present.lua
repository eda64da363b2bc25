-- Per account 1 where a process serves it that has not lapsed, else 0. KEYS: as in beat.lua.

local call = redis.call
local time = call('TIME')
local after_now = '(' .. time[1] * 1000 + math.floor(time[2] / 1000)
local present = {}
for i, key in ipairs(KEYS) do present[i] = math.min(call('ZCOUNT', key, after_now, '+inf'), 1) end
return present
