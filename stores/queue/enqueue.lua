-- KEYS: the queue. ARGV: job id, job, time in ms, expiry in ms.
return enqueue(KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4])
