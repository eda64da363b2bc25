-- Makes a list the union of its ids and the given ones, largest first; 1 where that was done. One of another version
-- goes, as in push.lua, unless it was begun in place of the one that a building would end.
-- KEYS: the list. ARGV: version, size, limit, epoch of the building that this ends (empty: of none), state and top that
-- the list has then, reach, the given ids joined.

local BUILDING = '\0'
local RPUSH_AT_ONCE = 1000
local key, size, limit, epoch, given = KEYS[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[8]

local function union(present)
  local seen, ids = {}, {}
  local function add(id)
    if not seen[id] then
      seen[id] = true
      ids[#ids + 1] = id
    end
  end
  for _, id in ipairs(present) do add(id) end
  for at = 1, #given, 8 do add(sub(given, at, at + 7)) end
  return ids
end

local function sort_descending(ids)
  local high, low = {}, {}
  for _, id in ipairs(ids) do high[id], low[id] = unpack_struct('>I4I4', id) end
  table.sort(ids, function(a, b)
    local a_high, b_high = high[a], high[b]
    if a_high ~= b_high then return a_high > b_high end
    return low[a] > low[b]
  end)
end

-- Written behind what there is, which is then cut off: the key stays, and so does its time to expiry.
local function replace(elements, ids, header)
  for from = 1, #ids, RPUSH_AT_ONCE do
    call('RPUSH', key, unpack(ids, from, math.min(from + RPUSH_AT_ONCE - 1, #ids)))
  end
  call('RPUSH', key, header)
  call('LTRIM', key, elements, -1)
end

local present = call('LRANGE', key, 0, -1)
local elements = #present
local header = table.remove(present)
if not header then return 0 end
if unpack_struct('>I4', header) ~= tonumber(ARGV[1]) then
  if epoch == '' then call('UNLINK', key) end
  return 0
end
if epoch ~= '' then
  if sub(header, 13, 21) ~= BUILDING .. epoch then return 0 end
  header = sub(header, 1, 12) .. ARGV[5] .. epoch .. ARGV[6] .. sub(header, 30)
end
header = raise_floor(header, ARGV[7])

local ids = union(present)
sort_descending(ids)
if #ids > limit then
  header = raise_floor(header, successor(ids[size + 1]))
  for i = #ids, size + 1, -1 do ids[i] = nil end
end
replace(elements, ids, header)
return 1
