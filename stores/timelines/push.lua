-- Adds ids to those lists that exist and have this version; how many entries were added.
-- KEYS: the lists. ARGV: version, size, limit, how deep a repeat is looked for (0: the whole list), ids...

local version, size, limit, depth = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]

local function trim(key, header)
  local dropped = call('LRANGE', key, size, -2)
  local largest = dropped[1]
  for i = 2, #dropped do largest = larger(largest, dropped[i]) end
  call('LTRIM', key, 0, size - 1)
  call('RPUSH', key, raise_floor(header, successor(largest)))
end

local high, low = {}, {}
for i = 5, #ARGV do high[i], low[i] = unpack_struct('>I4I4', ARGV[i]) end

local added = 0
for k = 1, #KEYS do
  local key = KEYS[k]
  local header = call('LINDEX', key, -1)
  if header and sub(header, 1, 4) == version then
    local length = 0
    local floor_high, floor_low = unpack_struct('>I4I4', header, 14)
    for i = 5, #ARGV do
      -- Below the floor, as tweets imported with their own dates may lie, an entry would be ignored but take room.
      local above = high[i] > floor_high or (high[i] == floor_high and low[i] >= floor_low)
      if above and not call('LPOS', key, ARGV[i], 'MAXLEN', depth) then
        length = call('LPUSH', key, ARGV[i])
        added = added + 1
      end
    end
    if length > limit + 1 then trim(key, header) end
  end
end
return added
