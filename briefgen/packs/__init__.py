"""Many papers in one run: planned, made by workers, reused where nothing changed, proven.

In: what a pack is asked for, an open store. Out: a folder a State with its papers, an index of the
run, perhaps a bound book, and a manifest by which all of it can be verified.

`order` says what is asked for, `plan` what that makes; `worker` composes and renders one State's
papers, `pool` and `cluster` do so in many processes; `reuse` knows what is still as it was,
`folders` puts papers in their place whole, `proof` verifies; `run` holds it together.
"""
