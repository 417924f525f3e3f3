"""Query + filters → hits: both retrievers, their fusion, and what a hit is made of."""
