-- A list's last element is its header: version (4 bytes), floor (8), state (1), epoch (8), top (8), built at (8).
-- Ids and floors are 8 bytes, big-endian. Lua's numbers hold 53 bits and its strings are ordered by the server's
-- locale, so that both are compared and raised by 32-bit halves.

local call, sub, pack, unpack_struct = redis.call, string.sub, struct.pack, struct.unpack

local function largest(ids)
  local found, found_high, found_low = nil, -1, -1
  for i = 1, #ids do
    local high, low = unpack_struct('>I4I4', ids[i])
    if high > found_high or (high == found_high and low > found_low) then
      found, found_high, found_low = ids[i], high, low
    end
  end
  return found
end

local function successor(id)
  local high, low = unpack_struct('>I4I4', id)
  if low == 0xffffffff then return pack('>I4I4', high + 1, 0) end
  return pack('>I4I4', high, low + 1)
end

local function raise_floor(header, floor)
  return sub(header, 1, 4) .. largest({ sub(header, 5, 12), floor }) .. sub(header, 13)
end
