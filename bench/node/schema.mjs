// The part of Starling's schema that is measured, as one writes it for graphql-js: a resolver where there is something
// to look up, the default resolver elsewhere.
import {
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLID,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
} from "graphql";

const required = (type) => ({ type: new GraphQLNonNull(type) });

const User = new GraphQLObjectType({
  name: "User",
  fields: { id: required(GraphQLID), handle: required(GraphQLString), displayName: required(GraphQLString) },
});

const Tweet = new GraphQLObjectType({
  name: "Tweet",
  fields: {
    id: required(GraphQLID),
    text: required(GraphQLString),
    createdAt: required(GraphQLString),
    likeCount: { type: GraphQLInt },
    viewerLikes: { type: GraphQLBoolean, resolve: (tweet, _, { store, viewer }) => store.likes(viewer, tweet.id) },
    author: { type: User },
  },
});

const TimelineTweetAdded = new GraphQLObjectType({
  name: "TimelineTweetAdded",
  fields: { cursor: required(GraphQLString), tweet: { type: Tweet } },
});

const TimelineTweetRemoved = new GraphQLObjectType({
  name: "TimelineTweetRemoved",
  fields: { cursor: required(GraphQLString), tweetId: required(GraphQLID) },
});

const TimelineReset = new GraphQLObjectType({
  name: "TimelineReset",
  fields: {
    reason: required(new GraphQLEnumType({ name: "TimelineResetReason", values: { TOO_OLD: {}, REBUILT: {}, SLOW: {} } })),
  },
});

const TimelineEvent = new GraphQLUnionType({
  name: "TimelineEvent",
  types: [TimelineTweetAdded, TimelineTweetRemoved, TimelineReset],
  resolveType: (event) => event.kind,
});

const UserError = new GraphQLObjectType({
  name: "UserError",
  fields: {
    message: required(GraphQLString),
    code: required(GraphQLString),
    field: { type: new GraphQLList(new GraphQLNonNull(GraphQLString)) },
  },
});

const CreateTweetPayload = new GraphQLObjectType({
  name: "CreateTweetPayload",
  fields: {
    tweet: { type: Tweet },
    userErrors: required(new GraphQLList(new GraphQLNonNull(UserError))),
  },
});

const CreateTweetInput = new GraphQLInputObjectType({
  name: "CreateTweetInput",
  fields: { text: required(GraphQLString) },
});

export const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: "Query", fields: { viewer: { type: User } } }),
  mutation: new GraphQLObjectType({
    name: "Mutation",
    fields: {
      createTweet: {
        ...required(CreateTweetPayload),
        args: { input: required(CreateTweetInput) },
        resolve: (_, { input }, { store }) => ({ tweet: store.createTweet(input.text), userErrors: [] }),
      },
    },
  }),
  subscription: new GraphQLObjectType({
    name: "Subscription",
    fields: {
      timelineUpdates: {
        ...required(TimelineEvent),
        args: { after: { type: GraphQLString } },
        subscribe: (_, __, { store }) => store.timelineUpdates(),
        resolve: (event) => event,
      },
    },
  }),
});
