-- What script of this log's both writers and readers starts with.
-- KEYS of every such script: the stream, its epoch ("name:born ms"), the number of its last entry.

local call = redis.call
local LOG, EPOCH, LAST = KEYS[1], KEYS[2], KEYS[3]

local function integer(number) return string.format('%.0f', number) end

local function now_ms()
  local seconds, micros = unpack(call('TIME'))
  return seconds * 1000 + math.floor(micros / 1000)
end

-- The epoch's name and birth. Where the log was lost, begins an epoch of the name given.
local function epoch(new_name)
  local kept = call('GET', EPOCH)
  if not kept then
    kept = new_name .. ':' .. integer(now_ms())
    call('DEL', LOG, LAST)
    call('SET', EPOCH, kept)
  end
  local name, born_ms = string.match(kept, '^(.*):(%d+)$')
  return name, tonumber(born_ms)
end

local function last_number() return tonumber(call('GET', LAST) or 0) end
