-- Adds a job, and saves progress in the same step.
-- KEYS: the queue. ARGV: job id, job, time in ms, expiry in ms, of progress in s; then the progress: name, number, name, number...

for at = 6, #ARGV, 2 do
  redis.call('SET', 'progress:' .. ARGV[at], ARGV[at + 1], 'EX', ARGV[5])
end
return enqueue(KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4])
