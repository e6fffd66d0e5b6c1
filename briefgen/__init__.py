"""briefgen makes briefing papers from one record of facts.

The road of one record, one room a step:

    data/*.yaml, *.csv --load--> store (SQLite index) --select--> Selection (what, and why)
    Selection --compose--> plain data of one paper --render--> HTML --> DOCX, PDF --write--> out/

1. `loading` reads the files strictly; every record keeps its file, line and column.
2. `store` keeps one index, renewed only for files that changed.
3. `selection` and `lines` choose; every choice, kept or left out, carries its reason. Nothing later
   than the as-of date travels further, and nothing that may not pass the `gate` to its readers.
4. `compose` makes the plain data of one paper: dicts, lists, text, numbers.
5. `bureaus` say whose settings, words and templates; `render` makes ONE HTML, and from that same
   HTML the PDF and the DOCX; `fitting` keeps a paper within its pages; `trials` try a bureau out.
6. `releasing` looks once more for what is withheld, in the bytes of all files; `output` writes the
   files of a paper as one set, whole or not at all, with a manifest by which it is explained.
7. `making` orders one paper; `packs` make many: planned, rendered by workers, reused, proven.
"""

__version__ = "0.1.0"
