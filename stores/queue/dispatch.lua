-- Dispatches the events that bear no mark; how many. An event's mark is written after all else of it.
-- ARGV: the name of an epoch if one begins, entries kept in the log, 1 where the events are news, time in ms, expiry of jobs in ms, of
-- marks in s; then per event:
-- id in decimal, id in 8 bytes, its time in ms, its job, the number of its log entries, the number of its queues, entries..., queues...

local _, born_ms = epoch(ARGV[1])
local log_entries, is_news, at_ms, job_expiry_ms, mark_expiry_s = ARGV[2], ARGV[3] == '1', ARGV[4], ARGV[5], ARGV[6]
local arrived_ms = integer(now_ms())

local function append(body)
  call('XADD', LOG, 'MAXLEN', '~', log_entries, integer(last_number() + 1) .. '-0', 't', arrived_ms, 'b', body)
  call('INCR', LAST)
end

local function dispatch(id, minted_ms, job, entries_from, queues_from, queues_to)
  -- After a loss, events of the time before go out again: to the consumers, but not as news. What was minted before the
  -- loss and committed after it is news, though: its request says so.
  if is_news or minted_ms >= born_ms then
    for at = entries_from, queues_from - 1 do append(ARGV[at]) end
  end
  for at = queues_from, queues_to do
    enqueue('starling:queue:' .. ARGV[at], ARGV[at] .. ':' .. id, job, at_ms, job_expiry_ms)
  end
end

local done, at = 0, 7
while at <= #ARGV do
  local minted_ms = tonumber(ARGV[at + 2])
  local marks = 'dispatched:' .. integer(math.floor(minted_ms / 60000))
  local entries_from = at + 6
  local queues_from = entries_from + ARGV[at + 4]
  local next_event = queues_from + ARGV[at + 5]
  if call('SISMEMBER', marks, ARGV[at + 1]) == 0 then
    dispatch(ARGV[at], minted_ms, ARGV[at + 3], entries_from, queues_from, next_event - 1)
    call('SADD', marks, ARGV[at + 1])
    call('EXPIRE', marks, mark_expiry_s, 'NX')
    done = done + 1
  end
  at = next_event
end
return done
