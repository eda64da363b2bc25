// People, tweets and likes in memory: whatever Starling asks its stores for costs the baseline nothing.
import { PubSub } from "./pubsub.mjs";

const TYPE = "TimelineTweetAdded";
const AUTHOR = "author";
const EPOCH = "0123456789abcdef.0123456789abcdef0123456789abcdef01234567"; // a cursor is as long as Starling's
const globalId = (kind, number) => Buffer.from(`${kind}:${number}`).toString("base64url");

export class Store {
  #pubsub = new PubSub();
  #likes = new Map();
  #number = 0;

  // A viewer is known by the token alone; everybody follows the one author.
  viewer(token) {
    if (!this.#likes.has(token)) this.#likes.set(token, new Set());
    return token;
  }

  likes(viewer, tweetId) {
    return this.#likes.get(viewer).has(tweetId);
  }

  createTweet(text) {
    const number = ++this.#number;
    const now = Date.now();
    const tweet = {
      id: globalId("Tweet", (BigInt(now) << 22n) + BigInt(number)),
      text,
      createdAt: new Date(now).toISOString(),
      likeCount: 0,
      author: { id: globalId("User", 1), handle: AUTHOR, displayName: AUTHOR },
    };
    this.#pubsub.publish(AUTHOR, { kind: TYPE, cursor: globalId("timelineUpdates", `${EPOCH}:${number}`), tweet });
    return tweet;
  }

  timelineUpdates() {
    return this.#pubsub.subscribe(AUTHOR);
  }
}
