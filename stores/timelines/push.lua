-- Adds ids to those lists that exist and have this version; how many entries were added. Lists of another version go:
-- they would pass for whole once that version is back.
-- ARGV: version, size, limit, how deep a repeat is looked for (0: the whole list), the lists' names with spaces between,
-- then the ids, which all differ and are few enough to be the arguments of one command.
-- As KEYS a thousand names would be a thousand objects of the server's and of its client's. A cluster takes no names
-- that are not KEYS; nor would it take these as KEYS, since they lie in different slots.

local LOOKED_FOR_SINGLY = 4 -- from there on it is cheaper to fetch the entries than to have them searched for each id
local unpack = unpack
local version, size, limit, depth, names = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]

local function trim(key, header)
  local dropped = call('LRANGE', key, size, -2)
  call('LTRIM', key, 0, size - 1)
  call('RPUSH', key, raise_floor(header, successor(largest(dropped))))
end

local ids, given, high, low = {}, {}, {}, {}
for i = 1, #ARGV - 5 do
  ids[i] = ARGV[i + 5]
  given[ids[i]] = true
  high[i], low[i] = unpack_struct('>I4I4', ids[i])
end
local count, added, new = #ids, 0, {}

local function repeats(key)
  local found = {}
  if count <= LOOKED_FOR_SINGLY then
    for i = 1, count do found[ids[i]] = call('LPOS', key, ids[i], 'MAXLEN', depth) end
  else
    local newest = call('LRANGE', key, 0, depth - 1)
    for i = 1, #newest do
      if given[newest[i]] then found[newest[i]] = true end
    end
  end
  return found
end

-- Puts what a list is to get into `new`; how many that are.
local function choose(key, header)
  local _, floor_high, floor_low = unpack_struct('>I4I4I4', header)
  local chosen, repeated = 0, repeats(key)
  for i = 1, count do
    -- Below the floor, as tweets imported with their own dates may lie, an entry would be ignored but take room.
    local above = high[i] > floor_high or (high[i] == floor_high and low[i] >= floor_low)
    if above and not repeated[ids[i]] then
      chosen = chosen + 1
      new[chosen] = ids[i]
    end
  end
  return chosen
end

local function push(key, header)
  local chosen = choose(key, header)
  if chosen == 0 then return end
  added = added + chosen
  if call('LPUSH', key, unpack(new, 1, chosen)) > limit + 1 then trim(key, header) end
end

for key in string.gmatch(names, '%S+') do
  local header = call('LINDEX', key, -1)
  if header then
    if unpack_struct('>I4', header) == version then push(key, header) else call('UNLINK', key) end
  end
end
return added
