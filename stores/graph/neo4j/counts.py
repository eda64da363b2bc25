"""Counts of followers and followees, and the fame that follows from them: changed in the statement that writes or
deletes edges, and in this one place."""


def famous(person: str) -> str:
    """An expression: whether somebody is famous (null: never was), as `domain.activity.Fame` says. Its parameters are
    `famous` and `stays`."""
    return f"""
        CASE
            WHEN {person}.followers >= $given.famous THEN true
            WHEN {person}.famous AND {person}.followers < $given.stays THEN false
            ELSE {person}.famous
        END
    """


def counted(edges: str, step: int) -> str:
    """A subquery: adds up what a list of edges, [id, follower id, followee id], changes; `step` is 1 where they are
    new, -1 where they are gone. Both ends are locked."""
    return f"""
        CALL ({edges}) {{
            UNWIND {edges} AS edge
            UNWIND [[edge[1], 0, {step}], [edge[2], {step}, 0]] AS side
            WITH side[0] AS id, sum(side[1]) AS followers, sum(side[2]) AS following
            MATCH (person:Person {{id: id}})
            SET person.followers = person.followers + followers, person.following = person.following + following
            WITH person
            SET person.famous = {famous("person")}
        }}
    """
