-- Makes jobs again of dead letters, each in one step; how many. Each gets an id of its own: a job whose id waits or runs is
-- not added twice.
-- KEYS: the queue, its dead letters, the number of replays. ARGV: time in ms, expiry in ms; then letter, job, letter, job...

local made = 0
for at = 3, #ARGV, 2 do
  if redis.call('LREM', KEYS[2], 1, ARGV[at]) == 1 then
    enqueue(KEYS[1], 'replay:' .. string.format('%.0f', redis.call('INCR', KEYS[3])), ARGV[at + 1], ARGV[1], ARGV[2])
    made = made + 1
  end
end
return made
