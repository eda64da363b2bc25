-- Makes a list the union of its ids and the given ones, largest first; 1 where that was done.
-- KEYS: the list. ARGV: version, size, limit, epoch (empty: any), reach, the given ids joined.

local BUILDING, READY = '\0', '\1'
local RPUSH_AT_ONCE = 1000
local key, size, limit, epoch, given = KEYS[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[6]

local function union()
  local seen, ids = {}, {}
  local function add(id)
    if not seen[id] then
      seen[id] = true
      ids[#ids + 1] = id
    end
  end
  for _, id in ipairs(call('LRANGE', key, 0, -2)) do add(id) end
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

local header = call('LINDEX', key, -1)
if not header or sub(header, 1, 4) ~= ARGV[1] then return 0 end
if epoch ~= '' then
  if sub(header, 5, 13) ~= BUILDING .. epoch then return 0 end
  header = sub(header, 1, 4) .. READY .. sub(header, 6)
end
header = raise_floor(header, ARGV[5])

local ids = union()
sort_descending(ids)
local kept = #ids
if kept > limit then
  header = raise_floor(header, successor(ids[size + 1]))
  kept = size
end
call('DEL', key)
for from = 1, kept, RPUSH_AT_ONCE do
  call('RPUSH', key, unpack(ids, from, math.min(from + RPUSH_AT_ONCE - 1, kept)))
end
call('RPUSH', key, header)
return 1
