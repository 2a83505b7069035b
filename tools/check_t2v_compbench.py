"""Runs T2V-CompBench's own reading code on a run of `evaluate generate`, with the models left out.

`python tools/check_t2v_compbench.py RUN T2V_COMPBENCH`, a checkout of KaiyueSun98/T2V-CompBench@116f996; needs opencv-python-headless.
RUN's prompts must be its meta_data/*.json. Three of its scripts run from end to end with an MLLM that always says the same, and what
they write into their CSV files is held against the run's table: every video beside its own prompt. Of the others, whose detectors and
trackers are no use without their weights, the part runs that turns a folder of videos into frames, and the order they go through.
"""
import argparse
import csv
import importlib.abc
import importlib.util
import json
import os
import sys
import tempfile
from unittest.mock import MagicMock

import cv2

MLLM = {"consistent_attr": ("eval_consistent_attr", "A1,A2"), "action_binding": ("eval_action_binding", "5"),
        "interaction": ("eval_interaction", "5")}
FRAMES = {"dynamic_attr": ("MLLM_eval/eval_dynamic_attr", 16), "generative_numeracy": ("Detection_eval/eval_numeracy", 16),
          "spatial_relationships": ("Detection_eval/run_depth", 16), "motion_binding": ("Tracking_eval/motion_binding_seg", 1)}


class Anything(importlib.abc.Loader, importlib.abc.MetaPathFinder):
    """Stands for the packages of models that the scripts import."""
    PACKAGES = {"torch", "torchvision", "llava", "GroundingDINO", "groundingdino", "segment_anything", "depth_anything", "requests", "tqdm",
                "matplotlib", "moviepy"}

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self, is_package=True) if name.split(".")[0] in self.PACKAGES else None

    def create_module(self, spec):
        module = MagicMock(name=spec.name)
        module.__path__, module.__spec__ = [], spec
        return module

    def exec_module(self, module):
        pass


def script(path):
    spec = importlib.util.spec_from_file_location(os.path.basename(path), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def scored(module, answer, videos, prompts, out):
    """Runs a script to its CSV file: names and prompts, in its order."""
    tokenizer = MagicMock()
    tokenizer.batch_decode.return_value = [json.dumps({"option": answer, "score": 5, "explanation": ""})]
    module.load_pretrained_model = lambda *_: (tokenizer, MagicMock(), MagicMock(), 1)
    arguments = argparse.Namespace(video_path=videos, output_path=out, read_prompt_file=prompts, t2v_model="run", model_path="m",
                                   model_base=None, temperature=0, top_p=None, num_beams=1, max_new_tokens=1)
    with open(module.eval_model(arguments), newline="") as lines:
        return [(row["name"].split(".")[0], row["prompt"]) for row in csv.DictReader(lines) if row.get("prompt")]


def main(run, checkout):
    sys.meta_path.insert(0, Anything())
    with open(f"{run}/pictures.csv", newline="") as lines:
        rows = list(csv.DictReader(lines))
    with tempfile.TemporaryDirectory() as temp:
        os.mkdir(f"{temp}/video")
        for category in sorted(os.listdir(f"{run}/images")):
            os.symlink(os.path.abspath(f"{run}/images/{category}"), f"{temp}/video/{category}")
            expected = [(os.path.basename(row["file"]).split(".")[0], row["prompt"]) for row in rows
                        if row["category"] == category]
            videos = f"{temp}/video/{category}"
            if category in MLLM:
                name, answer = MLLM[category]
                prompts = f"{temp}/{category}.json"
                meta = [item for file in os.listdir(f"{run}/prompts") for item in json.load(open(f"{run}/prompts/{file}"))]
                by_prompt = {item["prompt"]: item for item in meta}
                with open(prompts, "w") as out:
                    json.dump([by_prompt[prompt] for _, prompt in expected], out)
                found = scored(script(f"{checkout}/MLLM_eval/{name}.py"), answer, videos, prompts, f"{temp}/csv")
            else:
                name, count = FRAMES[category]
                folder = script(f"{checkout}/{name}.py").video_preprocess().convert_video_to_frames(videos, num_frames=count)
                found = list(zip(sorted(os.listdir(folder)), [prompt for _, prompt in expected]))
                for video, _ in found:
                    frames = os.listdir(f"{folder}/{video}")
                    assert len(frames) == count, f"{category}/{video}: {len(frames)} frames, not {count}"
                    assert all(cv2.imread(f"{folder}/{video}/{frame}") is not None for frame in frames)
            assert found == expected, f"{category}: reads {found}, not {expected}"
            print(f"{category}: {len(found)} videos read, each with its prompt ({name}.py)")


if __name__ == "__main__":
    main(*sys.argv[1:])
