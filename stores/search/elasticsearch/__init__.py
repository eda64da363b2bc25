"""Search in Elasticsearch: `texts` are the words of the index, `documents` what lies in it, `queries` how it is asked,
`store` writing and finding,
`rebuild` an index that is made anew beside the one that serves."""

from stores.search.elasticsearch.rebuild import ElasticsearchSearch

__all__ = ["ElasticsearchSearch"]
