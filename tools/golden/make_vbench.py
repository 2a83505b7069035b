"""VBench's total of made-up results: eval's src/test/resources/golden/vbench/*_eval_results.json and vbench-total.json.

`python tools/golden/make_vbench.py VBENCH`, a checkout of Vchitect/VBench@45e79ec. Its scripts/cal_final_score.py computes the total.
"""
import json
import os
import random
import sys
import zipfile
from tempfile import TemporaryDirectory

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = f"{HERE}/../../eval/src/test/resources/golden"

sys.path.insert(0, f"{sys.argv[1]}/scripts")
import cal_final_score as official

chance = random.Random(5)
dimensions = [name.replace(" ", "_") for name in official.TASK_INFO]
os.makedirs(f"{GOLDEN}/vbench", exist_ok=True)
with TemporaryDirectory() as temp:
    with zipfile.ZipFile(f"{temp}/results.zip", "w") as archive:
        for part, names in (("quality", dimensions[:7]), ("semantic", dimensions[7:])):
            results = {}
            for name in names:
                videos = [{"video_path": f"{name}-{i}.mp4", "video_results": round(chance.random(), 6)} for i in range(2)]
                results[name] = [sum(video["video_results"] for video in videos) / 2, videos]
            file = f"{GOLDEN}/vbench/results_{part}_eval_results.json"
            with open(file, "w") as out:
                json.dump(results, out, indent=1)
                out.write("\n")
            archive.write(file, os.path.basename(file))
    scores = official.submission(f"{temp}/model", f"{temp}/results.zip")
normalised = official.get_nomalized_score(scores)
quality = official.get_quality_score(normalised)
semantic = official.get_semantic_score(normalised)
with open(f"{GOLDEN}/vbench-total.json", "w") as out:
    json.dump({"source": "Vchitect/VBench@45e79ec, scripts/cal_final_score.py", "generator": "tools/golden/make_vbench.py",
               "tolerance": 1e-12, "quality": quality, "semantic": semantic,
               "total": official.get_final_score(quality, semantic)}, out, indent=1)
    out.write("\n")
