-- ARGV: the name of an epoch if one begins, after which number, how many entries.
-- Returns epoch, its birth, the last number, entries: all of one moment in the life of one server.

local name, born_ms = epoch(ARGV[1])
-- A server that comes back may have lost the last second of its log, and would give the same numbers again.
local run_id = string.match(call('INFO', 'server'), 'run_id:(%w+)')
local entries = {}
if tonumber(ARGV[3]) > 0 then
  entries = call('XRANGE', LOG, integer(ARGV[2] + 1), '+', 'COUNT', ARGV[3])
end
return { name .. '.' .. run_id, born_ms, last_number(), entries }
