"""Command line of the recipe: `python -m emoji_video COMMAND --help`. One command a step; README.md has the order."""
import argparse
import json
from pathlib import Path

import numpy as np
import torch


def archive_of(args):
    from emoji_flux.archive import Archive
    return Archive.read(args.work / "sprites.zip", None, (args.style,))


def maker_of(args):
    """Returns what draws clips, and what paints them."""
    from .clips import ClipMaker
    from .film import Film
    archive = archive_of(args)
    return ClipMaker(archive), Film(archive, oversampling=args.oversampling)


def budget_of(args, used=0.0):
    from emoji_flux.budget import Budget
    return Budget(args.minutes, args.total_minutes, used)


def log(line):
    print(line, flush=True)


def vae_of(args):
    from diffusers import AutoencoderKLHunyuanVideo
    return AutoencoderKLHunyuanVideo.from_pretrained(args.work / "vae", dtype=torch.float32).eval().requires_grad_(False)


def tokenizer(args):
    from .text import train_tokenizer
    train_tokenizer(maker_of(args)[0], args.work / "tokenizer", args.seed)


def text(args):
    from .text import train
    train(args.work, args.init, maker_of(args)[0], budget_of(args), args.seed, log)


def vae(args):
    from diffusers import AutoencoderKL

    from emoji_flux import checkpoint

    from . import vae as module
    flat = AutoencoderKL.from_pretrained(args.init / "vae", dtype=torch.float32).eval().requires_grad_(False)
    trainer, used = module.Trainer(flat, args.rate, args.seed, "cpu"), 0.0
    if args.resume:
        tensors, progress = checkpoint.load(args.work / "vae-state")
        trainer.restore(tensors, progress)
        used = progress["minutes"]
    if args.decoder_only:
        trainer.keep_latents()
    if args.compile:
        trainer.compile()
    pool = module.Pool(*maker_of(args), args.pool, np.random.default_rng(args.seed + 3000 + trainer.step))
    module.train(trainer, pool, args.batch, budget_of(args, used), args.work / "vae-state", "cpu", log)
    module.write(trainer, args.work / "vae")
    log(f"{args.work}/vae: step {trainer.step}")


def encode(args):
    from .latents import cache
    cache(vae_of(args), *maker_of(args), args.resolution, args.clips, args.seed,
          args.work / f"latents-{args.resolution}.safetensors", log=log)


def video(args):
    from diffusers import FluxTransformer2DModel
    from emoji_flux import attention, checkpoint, flux
    from emoji_flux.latents import Cached

    from .text import Texts
    from .train import Trainer
    from .transformer import inflate
    torch.manual_seed(args.seed)
    resolutions = {int(size): (float(share), int(batch)) for size, share, batch in (r.split(":") for r in args.resolutions)}
    settings = flux.Settings(resolutions, rate=args.rate, average_decay=args.average_decay, guidance=args.guidance,
                             guided_from=args.guided_from, hold=args.hold, save_minutes=args.save_minutes, seed=args.seed)
    start = FluxTransformer2DModel.from_pretrained(args.init / "transformer", dtype=torch.float32)
    trainer, used = Trainer(inflate(start).train(), Texts.read(args.work, args.init), settings, "cpu"), 0.0
    if args.resume:
        tensors, progress = checkpoint.load(args.work / "state")
        trainer.restore(tensors, progress)
        used = progress["minutes"]
    attention.compose_on_cpu()
    if args.compile:
        trainer.compile()
    source = Cached([args.work / f"latents-{r}.safetensors" for r in resolutions], 1.0)
    flux.train(trainer, source, budget_of(args, used), args.work / "state", log=log)
    trainer.save_models(args.work)
    log(f"{args.work}: step {trainer.step}, {trainer.seen} clips")


def averaged(args):
    from diffusers import FluxTransformer2DModel
    from emoji_flux import checkpoint

    from .transformer import inflate
    tensors, progress = checkpoint.load(args.work / "state")
    model = inflate(FluxTransformer2DModel.from_pretrained(args.init / "transformer", dtype=torch.float32))
    model.load_state_dict(checkpoint.under(tensors, "average.transformer."))
    model.save_pretrained(args.work / "transformer")
    print(f"{args.work}/transformer: as after {progress['minutes']:.1f} minutes, {progress['seen']} clips")


def folder(args):
    from .folder import check, write
    write(args.work, args.init, args.out, args.shift)
    check(args.out)


def prompts(args):
    from .prompts import write
    write(maker_of(args)[0], args.out, args.rounds, args.most, args.seed)


def sample(args):
    from .sampling import make
    make(args.model, args.prompts, args.plan, args.out, args.batch)


def art(args):
    from .prompts import films
    films(*maker_of(args), args.prompts, args.resolution, args.out)


def measure(args):
    from .measure import measure as run
    print(json.dumps(run(args.classifier, archive_of(args), args.clips, args.prompts, args.values), indent=2))


def reconstruction(args):
    from emoji_flux.measure import interval

    from .vae import reconstruction as run
    print(json.dumps({"resolution": args.resolution,
                      "psnr_db": interval(run(vae_of(args), *maker_of(args), args.resolution, args.clips, args.seed))}))


def parser():
    top = argparse.ArgumentParser(prog="python -m emoji_video", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)

    def command(run, text, *groups):
        p = commands.add_parser(run.__name__, help=text, description=text, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        p.set_defaults(run=run)
        p.add_argument("--work", type=Path, default=Path("build/emoji-video"), help="folder that every step reads and writes")
        p.add_argument("--threads", type=int, default=0, help="CPU threads; 0 is torch's own choice")
        p.add_argument("--seed", type=int, default=0)
        for group in groups:
            group(p)
        return p

    def scenes(p):
        p.add_argument("--style", default="noto", help="the one style of sprites.zip to use")
        p.add_argument("--oversampling", type=int, default=1, choices=(1, 2), help="2: smoother edges, slower")

    def init(p):
        p.add_argument("--init", type=Path, required=True, help="the emoji-flux folder to start from")

    def minutes(p):
        p.add_argument("--minutes", type=float, required=True, help="budget of this call: CPU minutes a thread")
        p.add_argument("--total-minutes", type=float, help="budget of all calls together, which the learning rate follows")
        p.add_argument("--compile", action="store_true", help="use torch.compile")

    command(tokenizer, "train Llama's tokenizer on captions and the prompt template", scenes)
    command(text, "teach both text encoders what captions say", scenes, init, minutes)

    p = command(vae, "make the 3-D autoencoder of emoji-flux's and train it on clips", scenes, init, minutes)
    p.add_argument("--pool", type=int, default=400, help="clips painted beforehand")
    p.add_argument("--batch", type=int, default=2)
    p.add_argument("--rate", type=float, default=1e-3)
    p.add_argument("--decoder-only", action="store_true", help="keep the encoder, and so the clips encoded with it")
    p.add_argument("--resume", action="store_true", help="go on from the last checkpoint")

    p = command(encode, "encode clips to latents beforehand", scenes)
    p.add_argument("--resolution", type=int, required=True)
    p.add_argument("--clips", type=int, required=True)

    p = command(video, "make the video transformer of emoji-flux's and train it", init, minutes)
    p.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    p.add_argument("--resolutions", nargs="+", default=["64:.6:32", "128:.4:12"], metavar="PX:SHARE:BATCH")
    p.add_argument("--rate", type=float, default=1.5e-3, help="Muon's learning rate; AdamW's is half of it")
    p.add_argument("--hold", type=float, default=.3, help="part of the budget before the rate falls")
    p.add_argument("--average-decay", type=float, default=.997)
    p.add_argument("--guidance", type=float, default=2.5, help="true guidance scale to build into the plain forward; 1 is none")
    p.add_argument("--guided-from", type=float, default=.4, help="part of the budget after which --guidance grows")
    p.add_argument("--save-minutes", type=float, default=3.0)

    command(averaged, "write the transformer as the average of the last checkpoint, to look at a run in progress", init)

    p = command(folder, "put the parts together as a HunyuanVideo folder in bfloat16, and open it", init)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--shift", type=float, default=3.0, help="the scheduler's shift")

    p = command(prompts, "write prompts to measure by: prompts.json, and a file of each round for bottleneck4j", scenes)
    p.add_argument("--out", type=Path, required=True, help="folder")
    p.add_argument("--rounds", type=int, default=3, help="prompts for each concept; a seed each")
    p.add_argument("--most", type=int, help="at most so many prompts")

    p = command(sample, "make the clips of prompts.json with Python's diffusers classes")
    p.add_argument("--model", type=Path, required=True, help="HunyuanVideo folder")
    p.add_argument("--prompts", type=Path, required=True, help="prompts.json")
    p.add_argument("--out", type=Path, required=True, help="folder for the folders of PNGs")
    p.add_argument("--plan", default="[[128, 128, 30, 1.0, 3.0]]", help="JSON: [[width, height, steps, strength, shift], ...]")
    p.add_argument("--batch", type=int, default=8)

    p = command(art, "paint the clips of prompts.json as the training data show them: what measures can reach", scenes)
    p.add_argument("--prompts", type=Path, required=True, help="prompts.json")
    p.add_argument("--resolution", type=int, default=128)
    p.add_argument("--out", type=Path, required=True, help="folder for the folders of PNGs")

    p = command(measure, "measure a folder of clips", scenes)
    p.add_argument("--classifier", type=Path, required=True, help="classifier.safetensors of emoji-flux's recipe")
    p.add_argument("--clips", type=Path, required=True, help="folders of PNGs, or videos; in order of name they belong to the prompts")
    p.add_argument("--prompts", type=Path, required=True, help="prompts.json")
    p.add_argument("--values", type=Path, help="JSON file to write with the values of each clip, to compare two folders in pairs")

    p = command(reconstruction, "measure the autoencoder's PSNR on clips", scenes)
    p.add_argument("--resolution", type=int, default=128)
    p.add_argument("--clips", type=int, default=24)
    return top


def main():
    args = parser().parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    args.work.mkdir(parents=True, exist_ok=True)
    args.run(args)


if __name__ == "__main__":
    main()
