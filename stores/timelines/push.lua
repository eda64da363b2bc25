-- Adds ids to those lists that exist and have this version; how many entries were added. Lists of another version go:
-- they would pass for whole once that version is back.
-- KEYS: the lists. ARGV: version, size, limit, how deep a repeat is looked for (0: the whole list), then the ids, which
-- all differ and are few enough to be the arguments of one command.

local KEYS, unpack = KEYS, unpack
local version, size, limit, depth = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]

local function trim(key, header)
  local dropped = call('LRANGE', key, size, -2)
  call('LTRIM', key, 0, size - 1)
  call('RPUSH', key, raise_floor(header, successor(largest(dropped))))
end

local ids, high, low = {}, {}, {}
for i = 1, #ARGV - 4 do
  ids[i] = ARGV[i + 4]
  high[i], low[i] = unpack_struct('>I4I4', ids[i])
end
local count, added, new = #ids, 0, {}

for k = 1, #KEYS do
  local key = KEYS[k]
  local header = call('LINDEX', key, -1)
  if header then
    local its_version, floor_high, floor_low = unpack_struct('>I4I4I4', header)
    local news, fitting = 0, count
    if its_version ~= version then
      fitting = 0
      call('UNLINK', key)
    end
    for i = 1, fitting do
      -- Below the floor, as tweets imported with their own dates may lie, an entry would be ignored but take room.
      local above = high[i] > floor_high or (high[i] == floor_high and low[i] >= floor_low)
      if above and not call('LPOS', key, ids[i], 'MAXLEN', depth) then
        news = news + 1
        new[news] = ids[i]
      end
    end
    if news > 0 then
      added = added + news
      if call('LPUSH', key, unpack(new, 1, news)) > limit + 1 then trim(key, header) end
    end
  end
end
return added
