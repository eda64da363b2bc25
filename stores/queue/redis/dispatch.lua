-- Hands events to those of their targets that have not had them. A target's mark is written after all else of it.
-- ARGV: the name of an epoch if one begins, entries kept in the log, jobs at which a queue gets no more, 1 for a relay, time in ms,
-- expiry of jobs in ms, of marks in s; then per event:
-- id in decimal, id in 8 bytes, its time in ms, its job, the number of its log entries, the number of its queues, entries..., queues...
-- Returns how many events it got through, all but where a relay's queue has no room, and how often a target got one.

local _, born_ms = epoch(ARGV[1])
local log_entries, queue_length, is_relay = ARGV[2], tonumber(ARGV[3]), ARGV[4] == '1'
local at_ms, job_expiry_ms, mark_expiry_s = ARGV[5], ARGV[6], ARGV[7]
local arrived_ms = integer(now_ms())

local function marks(target, event)
  return 'dispatched:' .. target .. ':' .. integer(math.floor(event.minted_ms / 60000))
end

local function is_new(target, event)
  return call('SISMEMBER', marks(target, event), event.mark) == 0
end

local function set_mark(target, event)
  call('SADD', marks(target, event), event.mark)
  call('EXPIRE', marks(target, event), mark_expiry_s, 'NX')
end

local function append(event, from, to)
  -- After a loss a relay hands out events of the time before: to consumers again, but not as news. What was minted before
  -- the loss and committed after it is news, though: its request says so.
  if not is_relay or event.minted_ms >= born_ms then
    for entry = from, to do
      call('XADD', LOG, 'MAXLEN', '~', log_entries, integer(last_number() + 1) .. '-0', 't', arrived_ms, 'b', ARGV[entry])
      call('INCR', LAST)
    end
  end
  set_mark('live', event)
end

local function has_room(queue)
  return call('ZCARD', 'starling:queue:' .. queue) < queue_length
end

local function add_job(queue, event)
  enqueue('starling:queue:' .. queue, queue .. ':' .. event.id, event.job, at_ms, job_expiry_ms)
  set_mark(queue, event)
end

local done, new, at = 0, 0, 8
while at <= #ARGV do
  local event = { id = ARGV[at], mark = ARGV[at + 1], minted_ms = tonumber(ARGV[at + 2]), job = ARGV[at + 3] }
  local entries_from = at + 6
  local queues_from = entries_from + ARGV[at + 4]
  local next_event = queues_from + ARGV[at + 5]
  if queues_from > entries_from and is_new('live', event) then
    append(event, entries_from, queues_from - 1)
    new = new + 1
  end
  for position = queues_from, next_event - 1 do
    local queue = ARGV[position]
    if is_new(queue, event) then
      if has_room(queue) then
        add_job(queue, event)
        new = new + 1
      elseif is_relay then
        return { done, new }
      end
    end
  end
  done = done + 1
  at = next_event
end
return { done, new }
