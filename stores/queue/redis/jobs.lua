-- Adds a job as arq keeps it: under a key of its own, and in the queue's sorted set by its time. False where one of that
-- id waits or runs: arq gives up the key at a job's end. What a job of that id before it failed doesn't count any more.
-- Workers that wait for jobs are woken; there may be a few.

local function enqueue(queue, job_id, job, at_ms, expiry_ms)
  if not redis.call('SET', 'arq:job:' .. job_id, job, 'NX', 'PX', expiry_ms) then return false end
  redis.call('DEL', 'failures:' .. job_id)
  redis.call('ZADD', queue, at_ms, job_id)
  redis.call('LPUSH', queue .. ':wake', 1)
  redis.call('LTRIM', queue .. ':wake', 0, 7)
  return true
end
