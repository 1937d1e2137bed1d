"""GraphQL at ``/graphql``: the core's questions and changes as one graph."""
