"""Compares ways to search the FAQ in one run: quality on the queries of the project or any corpus, and speed.

Run: `python tests/bench/knowledge/faq_engines.py quality [--entries FILE --queries FILE] [--every N]`
     `python tests/bench/knowledge/faq_engines.py speed [--sizes 1000,10000,100000] [--entries FILE]`
Engines that are not installed (bm25s, tantivy) are left out. All engines get the same dictionary
forms; sizes beyond the corpus are filled with sentences put together from it.
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz import fuzz, process

from classifiers.text.lexicon import Lexicon
from knowledge.faq.catalogue import load_catalogue
from knowledge.faq.entry import FaqEntry
from knowledge.faq.index_file import digest_of, load_index, save_index
from knowledge.faq.queries import FaqQuery, read_corpus, read_queries
from knowledge.faq.search import FaqIndex
from knowledge.faq.settings import BlendSettings, load_settings
from knowledge.faq.terms import TermReader

ROOT = Path(__file__).parents[3]
OWN_QUERIES = ROOT / "tests" / "cases" / "faq" / "queries.jsonl"
POLICIES = ("o365", "sonpo-cloud", "synnex-csp", "unified")

#: Query and policy → entry ids, best first.
Search = Callable[[FaqQuery], Sequence[str]]


@dataclass(frozen=True)
class Corpus:
    """What is searched, and by what."""

    entries: tuple[FaqEntry, ...]
    queries: tuple[FaqQuery, ...]

    def of(self, policy: str | None) -> list[int]:
        """Numbers of the entries that a query may find."""
        return [n for n, entry in enumerate(self.entries) if policy is None or policy in entry.policies]


def text_of(entry: FaqEntry) -> str:
    """Everything of an entry in one field."""
    return "\n".join((entry.question, *entry.variants, entry.answer))


def blends() -> dict[str, BlendSettings]:
    """The chosen blend and its parts alone."""
    chosen = load_settings().blend
    plain = replace(chosen, phrase_words=0.0, phrase_grams=0.0)
    return {
        "chosen: blend, ordered by phrasing": chosen,
        "blend": plain,
        "words only": replace(plain, words=1.0, grams=0.0, pairs=0.0),
        "character pieces only": replace(plain, words=0.0, grams=1.0, pairs=0.0),
        "words and pieces": replace(plain, pairs=0.0),
        "blend, pairs 0.25": replace(plain, words=0.45, grams=0.30, pairs=0.25),
    }


def blend_engine(corpus: Corpus, blend: BlendSettings) -> Search:
    """The project's own search with other weights."""
    index = FaqIndex.build(corpus.entries, replace(load_settings(), blend=blend))
    return lambda query: [hit.entry.id for hit in index.search(query.query, query.policy, 10).hits]


def rapidfuzz_engine(corpus: Corpus, scorer: Any, lemmas: bool) -> Search:
    """Fuzzy matching over all texts, raw or as dictionary forms."""
    reader = TermReader(load_settings().terms, Lexicon.load())

    def shape(text: str) -> str:
        return " ".join(reader.read(text).lemmas) if lemmas else text

    texts = [shape(text_of(entry)) for entry in corpus.entries]
    allowed = {policy: corpus.of(policy) for policy in {query.policy for query in corpus.queries}}

    def search(query: FaqQuery) -> list[str]:
        numbers = allowed[query.policy]
        found = process.extract(shape(query.query), [texts[n] for n in numbers], scorer=scorer, limit=10)
        return [corpus.entries[numbers[place]].id for _, _, place in found]

    return search


def bm25s_engine(corpus: Corpus) -> Search | None:
    """BM25 over dictionary forms by bm25s."""
    try:
        import bm25s
    except ImportError:
        return None
    reader = TermReader(load_settings().terms, Lexicon.load())
    engine = bm25s.BM25(k1=0.9, b=0.75)
    engine.index(
        [list(reader.read(text_of(entry)).lemmas) or [""] for entry in corpus.entries], show_progress=False
    )
    masks = {
        policy: np.isin(np.arange(len(corpus.entries)), corpus.of(policy)).astype(np.float32)
        for policy in {query.policy for query in corpus.queries}
    }

    def search(query: FaqQuery) -> list[str]:
        words = [word for word in reader.read(query.query).lemmas if word in engine.vocab_dict]
        if not words:
            return []
        scores = engine.get_scores(words) * masks[query.policy]
        best = np.argpartition(-scores, min(10, len(scores) - 1))[:10]
        return [corpus.entries[n].id for n in best[np.argsort(-scores[best], kind="stable")]]

    return search


def tantivy_engine(corpus: Corpus) -> Search | None:
    """BM25 over dictionary forms by tantivy."""
    try:
        import tantivy
    except ImportError:
        return None
    reader = TermReader(load_settings().terms, Lexicon.load())
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("body", stored=False, tokenizer_name="whitespace")
    builder.add_text_field("policy", stored=False, tokenizer_name="raw")
    builder.add_unsigned_field("number", stored=True)
    schema = builder.build()
    index = tantivy.Index(schema)
    writer = index.writer(100_000_000, 1)
    for number, entry in enumerate(corpus.entries):
        body = " ".join(reader.read(text_of(entry)).lemmas)
        writer.add_document(tantivy.Document(body=body, policy=list(entry.policies), number=number))
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def search(query: FaqQuery) -> list[str]:
        words = dict.fromkeys(reader.read(query.query).lemmas)
        parts = [(tantivy.Occur.Should, tantivy.Query.term_query(schema, "body", word)) for word in words]
        if not parts:
            return []
        wanted = tantivy.Query.boolean_query(parts)
        if query.policy is not None:
            own = tantivy.Query.term_query(schema, "policy", query.policy)
            wanted = tantivy.Query.boolean_query([(tantivy.Occur.Must, wanted), (tantivy.Occur.Must, own)])
        hits = searcher.search(wanted, 10).hits
        return [corpus.entries[searcher.doc(address)["number"][0]].id for _, address in hits]

    return search


def engines(corpus: Corpus, fuzzy: bool) -> dict[str, Callable[[], Search | None]]:
    """Every engine by name, built when it is its turn."""
    found: dict[str, Callable[[], Search | None]] = {
        name: (lambda blend=blend: blend_engine(corpus, blend)) for name, blend in blends().items()
    }
    found["bm25s, words"] = lambda: bm25s_engine(corpus)
    found["tantivy, words"] = lambda: tantivy_engine(corpus)
    if fuzzy:
        found["rapidfuzz WRatio, raw"] = lambda: rapidfuzz_engine(corpus, fuzz.WRatio, lemmas=False)
        found["rapidfuzz token_set, words"] = lambda: rapidfuzz_engine(
            corpus, fuzz.token_set_ratio, lemmas=True
        )
    return found


def quality(corpus: Corpus) -> None:
    """Prints recall and mean reciprocal rank of every engine."""
    asked = [query for query in corpus.queries if query.relevant]
    print(f"{len(corpus.entries)} entries, {len(asked)} queries")
    print(f"{'engine':<36} {'R@1':>6} {'R@5':>6} {'MRR':>6} {'ms':>7}")
    for name, build in engines(corpus, fuzzy=True).items():
        search = build()
        if search is None:
            continue
        ranks, before = [], time.perf_counter()
        for query in asked:
            ids = list(search(query))
            ranks.append(next((rank for rank, item in enumerate(ids, start=1) if item in query.relevant), 0))
        each = (time.perf_counter() - before) / len(asked) * 1000
        found = np.array(ranks)
        first, five = float((found == 1).mean()), float(((found > 0) & (found <= 5)).mean())
        rank = float(np.mean([1 / rank if rank else 0.0 for rank in ranks]))
        print(f"{name:<36} {first:>6.3f} {five:>6.3f} {rank:>6.3f} {each:>7.2f}", flush=True)


def grown(corpus: Corpus, size: int) -> Corpus:
    """The corpus cut or filled up to a size with entries of a question and an answer of two sentences."""
    draw = random.Random(7)
    sentences = [
        part
        for e in corpus.entries
        for part in text_of(e).replace("\n", "。").split("。")
        if 10 < len(part) <= 80
    ]
    entries = list(corpus.entries[:size])
    while len(entries) < size:
        question, first, second = (draw.choice(sentences) for _ in range(3))
        entries.append(
            FaqEntry(
                id=f"filler{len(entries)}", question=question, answer=f"{first}。{second}", policies=POLICIES
            )
        )
    return replace(corpus, entries=tuple(entries))


def speed(corpus: Corpus, sizes: Sequence[int]) -> None:
    """Prints build time, query time, load time and memory of the own search beside bm25s and tantivy."""
    print(f"{'entries':>8} {'engine':<36} {'build s':>8} {'p50 ms':>7} {'p99 ms':>7} {'MB':>6}")
    own = next(iter(blends().values()))
    builders: dict[str, Callable[[Corpus], Search | None]] = {
        "chosen": lambda corpus: blend_engine(corpus, own),
        "bm25s, words": bm25s_engine,
        "tantivy, words": tantivy_engine,
    }
    for size in sizes:
        larger = grown(corpus, size)
        for name, build in builders.items():
            gc.collect()
            before, memory = time.perf_counter(), resident()
            search = build(larger)
            took = time.perf_counter() - before
            if search is None:
                continue
            times = timed(search, corpus.queries)
            middle, worst = np.median(times), np.percentile(times, 99)
            grew = resident() - memory
            print(f"{size:>8} {name:<36} {took:>8.1f} {middle:>7.2f} {worst:>7.2f} {grew:>6.0f}", flush=True)
            del search
        load_time(larger)
    print(f"peak memory of the whole run: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def load_time(corpus: Corpus) -> None:
    """Prints how long a stored index takes to load and how large it is."""
    lexicon, settings = Lexicon.load(), load_settings()
    index = FaqIndex.build(corpus.entries, settings, lexicon)
    digest = digest_of(corpus.entries, settings, lexicon)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index.npz"
        save_index(index, path, digest)
        del index
        gc.collect()
        megabytes = path.stat().st_size / 1e6
        memory, before = resident(), time.perf_counter()
        loaded = load_index(path, corpus.entries, digest, settings, lexicon)
        took = time.perf_counter() - before
        grew = resident() - memory
        print(f"{len(loaded.entries):>8} stored {megabytes:.0f} MB, loads in {took:.2f} s, +{grew:.0f} MB")


def timed(search: Search, queries: Sequence[FaqQuery]) -> list[float]:
    """Milliseconds per query, after one round of warming up."""
    for query in queries:
        search(query)
    times = []
    for query in queries:
        before = time.perf_counter()
        search(query)
        times.append((time.perf_counter() - before) * 1000)
    return times


def resident() -> float:
    """Resident memory in MB (Linux); 0 elsewhere."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def read(entries: Path | None, queries: Path | None, every: int) -> Corpus:
    """The given corpus, or the shipped entries with the test half of the project's queries."""
    if entries is None:
        asked = read_queries(OWN_QUERIES.read_text(encoding="utf-8").splitlines(), str(OWN_QUERIES))
        held_out = tuple(query for query in asked if query.split == "test")
        return Corpus(load_catalogue(known_policies=POLICIES).entries, held_out)
    found = read_corpus(entries.read_text(encoding="utf-8").splitlines(), str(entries))
    if queries is None:
        sys.exit("--entries needs --queries")
    asked = read_queries(queries.read_text(encoding="utf-8").splitlines(), str(queries))
    return Corpus(found, asked[::every])


def main() -> None:
    """Reads the command line and prints one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["quality", "speed"])
    parser.add_argument("--entries", type=Path)
    parser.add_argument("--queries", type=Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--sizes", default="1000,10000,100000")
    options = parser.parse_args()
    corpus = read(options.entries, options.queries, options.every)
    if options.what == "quality":
        quality(corpus)
    else:
        speed(corpus, [int(size) for size in options.sizes.split(",")])


if __name__ == "__main__":
    main()
