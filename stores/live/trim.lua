-- Drops the entries that arrived before ARGV[1] (Unix time in ms). Numbers are dense, so that a time is found by halving.

local oldest = call('XRANGE', LOG, '-', '+', 'COUNT', 1)[1]
if not oldest then return end

local function arrival(number)
  local fields = call('XRANGE', LOG, number, number)[1][2]
  return tonumber(fields[2])
end

local low, high = tonumber(string.match(oldest[1], '^%d+')), last_number() + 1
while low < high do
  local middle = math.floor((low + high) / 2)
  if arrival(integer(middle)) < tonumber(ARGV[1]) then low = middle + 1 else high = middle end
end
call('XTRIM', LOG, 'MINID', integer(low))
