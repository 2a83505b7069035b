"""Command line of the recipe: `python -m emoji_flux COMMAND --help`. One command a step; README.md has the order."""
import argparse
import json
from pathlib import Path

import torch


def archive_of(args):
    from .archive import Archive
    from .concepts import SETS
    return Archive.read(args.work / "sprites.zip", SETS[args.concepts], args.styles)


def maker_of(args, archive):
    from .scenes import SceneMaker
    return SceneMaker(archive, args.mix, generalise=not args.compose_all)


def part(cls, *folders):
    """Loads a diffusers part in float32 from the first of `folders` that has it."""
    for folder in folders:
        if folder is not None and Path(folder, "config.json").exists():
            return cls.from_pretrained(folder, dtype=torch.float32)
    raise SystemExit(f"{cls.__name__}: none of {[str(f) for f in folders if f]} has a config.json; run the step that trains it, "
                     "or give --init FOLDER")


def vae_of(args):
    from diffusers import AutoencoderKL
    vae = part(AutoencoderKL, args.work / "vae", args.init and args.init / "vae").eval().requires_grad_(False)
    return vae.to(args.device, memory_format=torch.channels_last)


def tokenizers_of(args):
    from .models import Tokenizers
    own = (args.work / "tokenizer").exists()
    if not own and args.init is None:
        raise SystemExit(f"{args.work}/tokenizer: not there; run `tokenizers`, or give --init FOLDER")
    return Tokenizers(args.work if own else args.init)


def budget_of(args, used=0.0):
    from .budget import Budget
    return Budget(args.minutes, args.total_minutes, used, args.device)


def painter_of(args, archive):
    from .paint import Painter
    return Painter(archive, args.device, oversampling=args.oversampling)


def size_of(args):
    from .models import SIZES
    return SIZES[args.size]


def art(args):
    from . import art as module
    modules = args.node_modules or module.fetch(args.work / "npm")
    out = args.work / "sprites.zip"
    count = module.pack(modules, args.concepts, args.styles or module.STYLES, args.size, args.quality, out)
    print(f"{out}: {count} sprites of {args.size} px, {out.stat().st_size / 2**20:.1f} MiB")


def tokenizers(args):
    from .text_tokenizers import train
    train(maker_of(args, archive_of(args)), args.work, args.seed)


def words(args):
    if args.init is None or not (args.init / "tokenizer_2" / "tokenizer.json").exists():
        raise SystemExit(f"--init {args.init}: has no tokenizer_2/tokenizer.json; give the FLUX folder whose tokenizers to extend")
    from .captions import COLOURS
    from .text_tokenizers import extend
    extend(args.init, args.work, sorted({sprite.label for sprite in archive_of(args).sprites}) + list(COLOURS))


def vae(args):
    from .vae import train
    archive = archive_of(args)
    train(args.work / "vae", size_of(args), maker_of(args, archive), painter_of(args, archive), args.pool, budget_of(args),
          args.device, args.seed, args.compile)


def text(args):
    from .text import train
    train(args.work / "text_encoder", size_of(args), maker_of(args, archive_of(args)), tokenizers_of(args), budget_of(args),
          args.device, args.seed)


def encode(args):
    from . import latents
    archive = archive_of(args)
    latents.cache(vae_of(args), maker_of(args, archive), painter_of(args, archive), args.resolution, args.scenes, args.seed,
                  args.work / f"latents-{args.resolution}.safetensors")


def resolutions_of(args):
    """`256:.7:16` is size, share of the steps, batch."""
    out = {}
    for given in args.resolutions:
        size, share, batch = given.split(":")
        out[int(size)] = (float(share), int(batch))
    return out


def stress(given):
    """`ghost:3` is a concept and how many times as often its scenes come."""
    label, times = given.split(":")
    return label, float(times)


def flux(args):
    from . import attention, checkpoint
    from . import flux as module
    torch.manual_seed(args.seed)
    settings = module.Settings(
        resolutions_of(args), rate=args.rate, average_decay=args.average_decay, guidance=args.guidance,
        guided_from=args.guided_from, hold=args.hold, pooled_dropout=args.pooled_dropout, clip=args.train_clip,
        float32=args.float32, seed=args.seed)
    tokens = tokenizers_of(args)
    trainer = module.Trainer(flux_parts(args, tokens), tokens, settings, args.device)
    used = 0.0
    if args.resume:
        tensors, progress = checkpoint.load(args.resume_from or args.work / "state")
        trainer.restore(tensors, progress)
        used = progress["minutes"]
    if args.device == "cpu":
        attention.compose_on_cpu()
    if args.compile:
        trainer.compile()
    source = flux_source(args, settings)
    budget = budget_of(args, used)
    module.train(trainer, source, budget, args.work / "state", log=lambda line: print(line, flush=True))
    trainer.save_models(args.work)
    if args.carry:
        checkpoint.save(args.carry, trainer.carried(),
                        {"step": trainer.step, "seen": trainer.seen, "minutes": budget.used})
    print(f"{args.work}: step {trainer.step}, {trainer.seen} scenes, {budget.used:.1f} minutes in all")


def flux_parts(args, tokens):
    """Returns the transformer and the two text encoders, new or from --init."""
    from diffusers import FluxTransformer2DModel
    from transformers import CLIPTextModel

    from . import models
    clips = [args.init and args.init / "text_encoder"]
    if not (args.init and args.train_clip):  # where it is trained along, a run starts from --init alone, as the other parts do
        clips.insert(0, args.work / "text_encoder")
    clip = part(CLIPTextModel, *clips)
    if args.init:
        transformer, t5 = part(FluxTransformer2DModel, args.init / "transformer"), t5_of(args, tokens)
    else:
        transformer, t5 = models.transformer(size_of(args)), models.t5(size_of(args), len(tokens.t5))
    return [model.to(args.device).train() for model in (transformer, clip, t5)]


def t5_of(args, tokens):
    """Returns the T5 encoder of --init, with rows for what its own tokenizer lacks of `tokens`."""
    from transformers import T5EncoderModel

    from . import models
    t5 = part(T5EncoderModel, args.init / "text_encoder_2")
    models.fit_vocabulary(t5, models.Tokenizers(args.init).t5, tokens.t5)
    return t5


def flux_source(args, settings):
    """Returns where batches come from: the latents that `encode` wrote, or scenes painted when asked for."""
    from . import latents
    if not args.painted:
        return latents.Cached([args.work / f"latents-{r}.safetensors" for r in settings.resolutions], args.emphasis,
                              dict(args.stress))
    if args.stress:
        raise SystemExit("--stress: weighs scenes encoded beforehand; leave it or --painted out")
    archive = archive_of(args)
    return latents.Painted(vae_of(args), maker_of(args, archive), painter_of(args, archive))


def averaged(args):
    from diffusers import FluxTransformer2DModel
    from transformers import CLIPTextModel

    from . import checkpoint
    tensors, _ = checkpoint.load(args.work / "state")
    trained = {"transformer": part(FluxTransformer2DModel, args.init / "transformer"),
               "text_encoder_2": t5_of(args, tokenizers_of(args))}
    if checkpoint.under(tensors, "average.text_encoder."):
        trained["text_encoder"] = part(CLIPTextModel, args.init / "text_encoder")
    for name, model in trained.items():
        with torch.no_grad():
            for key, p in model.named_parameters():
                p.copy_(tensors[f"average.{name}.{key}"])
        model.save_pretrained(args.work / name)


def folder(args):
    from .folder import check, write
    write(args.work, args.init, args.out, args.shift)
    check(args.out)


def classifier(args):
    from .classifier import train
    train(args.work / "classifier.safetensors", archive_of(args), budget_of(args), args.device, args.seed)


def detector(args):
    from .detector import train
    train(args.work / "detector.safetensors", archive_of(args), budget_of(args), args.device, args.seed,
          log=lambda line: print(line, flush=True))


def clip(args):
    from .clip import train
    train(args.work / "clip", archive_of(args), tokenizers_of(args).clip, args.init or args.work, budget_of(args), args.device,
          args.seed, args.resume, log=lambda line: print(line, flush=True))


def judges(args):
    from .judging import report
    report(args.work, archive_of(args), tokenizers_of(args).clip, vae_of(args), args.scenes)


def suite(args):
    from .suite import write
    write(archive_of(args), args.out, args.seed)


def prompts(args):
    from .prompts import write
    write(archive_of(args), args.out, args.rounds, args.compositions, args.seed, args.among)


def sample(args):
    from .sampling import make
    make(args.model, args.prompts, args.plan, args.out, args.device, args.true_cfg, args.batch)


def measure(args):
    from . import measure as module
    values = module.measure(args.work / "classifier.safetensors", archive_of(args), args.pictures, args.prompts)
    print(json.dumps(values, indent=2))


def plans(args):
    from .grid import write_plans
    write_plans(args.out, args.resolution, args.shift)


def pareto(args):
    from . import grid
    rows = grid.judge_comparisons(args.work / "classifier.safetensors", archive_of(args), args.comparisons, args.prompts)
    table = grid.summary(rows, args.reference)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "pareto.json").write_text(json.dumps(table, indent=1) + "\n")
    grid.plot(table, args.out / "pareto.png", args.cost)


def reconstruction(args):
    from . import measure as module
    archive = archive_of(args)
    print(json.dumps(module.reconstruction(vae_of(args), maker_of(args, archive), painter_of(args, archive), args.resolution,
                                           args.scenes, args.seed)))


def parser():
    from .concepts import SETS
    top = argparse.ArgumentParser(prog="python -m emoji_flux", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)

    def command(run, text, *groups):
        p = commands.add_parser(run.__name__, help=text, description=text, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        p.set_defaults(run=run)
        p.add_argument("--work", type=Path, default=Path("build/emoji-flux"), help="folder that every step reads and writes")
        p.add_argument("--threads", type=int, default=0, help="CPU threads; 0 is torch's own choice")
        p.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
        p.add_argument("--seed", type=int, default=0)
        for group in groups:
            group(p)
        return p

    def choice(p):
        p.add_argument("--concepts", default="small", choices=tuple(SETS), help="28 concepts, 40, or all")
        p.add_argument("--styles", type=lambda v: tuple(v.split(",")), help="comma-separated; all that there are if left out")

    def scenes(p):
        choice(p)
        p.add_argument("--mix", default="basic", choices=("basic", "composed", "full"), help="kinds of scenes, see scenes.py")
        p.add_argument("--compose-all", action="store_true", help="hold no concept out of counts, pairs and trios")
        p.add_argument("--oversampling", type=int, default=1, choices=(1, 2), help="2: smoother edges, slower")

    def init(p):
        p.add_argument("--init", type=Path, help="FLUX folder whose parts stand in for those that --work lacks")

    def size(p):
        p.add_argument("--size", default="small", choices=("small", "base"), help="model size, see models.py")

    def minutes(p):
        p.add_argument("--minutes", type=float, required=True, help="budget of this call: CPU minutes a thread, or on a GPU wall minutes")
        p.add_argument("--total-minutes", type=float, help="budget of all calls together, which the learning rate follows")
        p.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
        p.add_argument("--compile", action="store_true", help="use torch.compile")

    p = command(art, "fetch the art and pack it into sprites.zip", choice)
    p.add_argument("--node-modules", type=Path, help="a node_modules that npm filled elsewhere")
    p.add_argument("--size", type=int, default=256, help="pixels of a sprite's side")
    p.add_argument("--quality", type=int, default=100, help="WebP quality; 100 is lossless")

    command(tokenizers, "train the two tokenizers on captions", scenes)

    command(words, "take the tokenizers of --init, and give T5's the names of concepts and colours that it splits", choice, init)

    p = command(vae, "train the autoencoder", scenes, size, minutes)
    p.add_argument("--pool", type=int, default=1000, help="scenes painted beforehand")

    command(text, "teach the CLIP text encoder what captions say", scenes, init, size, minutes)

    p = command(encode, "encode scenes to latents beforehand (CPU)", scenes, init)
    p.add_argument("--resolution", type=int, required=True)
    p.add_argument("--scenes", type=int, required=True)

    p = command(flux, "train the transformer and the T5 encoder", scenes, init, size, minutes)
    p.add_argument("--resolutions", nargs="+", default=["128:.3:32", "256:.7:16"], metavar="PX:SHARE:BATCH")
    p.add_argument("--painted", action="store_true", help="paint and encode scenes on the device instead of reading latents")
    p.add_argument("--emphasis", type=float, default=2.0, help="how much likelier cached scenes of one object are")
    p.add_argument("--stress", type=stress, nargs="*", default=[], metavar="LABEL:TIMES",
                   help="concepts whose cached scenes of one object come so many times as often again")
    p.add_argument("--train-clip", action="store_true", help="train the CLIP text encoder too, for words it was not taught")
    p.add_argument("--float32", action="store_true", help="no bfloat16: faster on some CPUs; try both for a minute")
    p.add_argument("--rate", type=float, default=2e-3, help="Muon's learning rate; AdamW's is half of it")
    p.add_argument("--hold", type=float, default=.3, help="part of the budget before the rate falls")
    p.add_argument("--average-decay", type=float, default=.998)
    p.add_argument("--pooled-dropout", type=float, default=0.0,
                   help="part of the captions that only T5 sees: the pooled CLIP state tells which objects, not which is where")
    p.add_argument("--guidance", type=float, default=1.0, help="true guidance scale to build into the plain forward; 1 is none")
    p.add_argument("--guided-from", type=float, default=.4, help="part of the budget after which --guidance grows")
    p.add_argument("--carry", type=Path, help="also write a half-precision checkpoint of small files here")
    p.add_argument("--resume-from", type=Path, help="resume from a checkpoint written with --carry")

    p = command(averaged, "write the parts as the averages of the last checkpoint, to look at a run in progress", init)

    p = command(folder, "put the parts together as a FLUX folder in bfloat16, and open it with FluxPipeline", init)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--shift", type=float, default=2.0, help="the scheduler's shift")

    command(classifier, "train the classifier that measures pictures", choice, minutes)

    command(detector, "train the detector that judges the prompt suite", choice, minutes)
    command(clip, "train the small CLIP that measures how well pictures and prompts agree", choice, init, minutes)

    p = command(judges, "measure the detector and the CLIP on scenes: clean, disturbed, and once encoded and decoded", choice, init)
    p.add_argument("--scenes", type=int, default=200, help="of each category; three times as many for the CLIP")

    p = command(suite, "write the prompt suite, a line of JSON each", choice)
    p.add_argument("--out", type=Path, required=True, help="file")

    p = command(prompts, "write prompts to measure by: prompts.json, and a file of each round for bottleneck4j", choice)
    p.add_argument("--out", type=Path, required=True, help="folder")
    p.add_argument("--rounds", type=int, default=4, help="prompts of one object for each concept; a seed each")
    p.add_argument("--among", type=lambda v: v.split(","),
                   help="comma-separated concepts that counts and pairs are of, as those held out of compositions; all if left out")
    p.add_argument("--compositions", type=int, default=48, help="prompts of counts, and as many of pairs")

    p = command(sample, "make pictures of prompts.json with Python's diffusers classes")
    p.add_argument("--model", type=Path, required=True, help="FLUX folder")
    p.add_argument("--prompts", type=Path, required=True, help="prompts.json")
    p.add_argument("--out", type=Path, required=True, help="folder for the PNGs")
    p.add_argument("--plan", default="[[256, 256, 30, 1.0, 2.0]]", help="JSON: [[width, height, steps, strength, shift], ...]")
    p.add_argument("--true-cfg", type=float, default=1.0)
    p.add_argument("--batch", type=int, default=8)

    p = command(measure, "measure a folder of PNGs", choice)
    p.add_argument("--pictures", type=Path, required=True, help="folder; its PNGs in order of name belong to the prompts in order")
    p.add_argument("--prompts", type=Path, required=True, help="prompts.json")

    p = command(plans, "write a grid of plans, YAML files for `bottleneck4j compare --plan`")
    p.add_argument("--out", type=Path, required=True, help="folder")
    p.add_argument("--resolution", type=int, default=256, help="pixels of the picture's side")
    p.add_argument("--shift", type=float, default=2.0, help="the model's own, for plain steps")

    p = command(pareto, "measure what `bottleneck4j compare` made under the grid's plans: pareto.json and pareto.png", choice)
    p.add_argument("--comparisons", type=Path, nargs="+", required=True, help="folders that compare wrote, one a seed")
    p.add_argument("--prompts", type=Path, required=True, help="prompts.json")
    p.add_argument("--reference", default="steps-50", help="the plan that differences are taken to")
    p.add_argument("--cost", default="flops_ratio", choices=("flops_ratio", "seconds"))
    p.add_argument("--out", type=Path, required=True, help="folder")

    p = command(reconstruction, "measure the autoencoder's PSNR on art", scenes, init)
    p.add_argument("--resolution", type=int, default=256)
    p.add_argument("--scenes", type=int, default=96)
    return top


def main():
    args = parser().parse_args()
    from .models import choose_device
    args.device = choose_device(args.device)
    if args.threads:
        torch.set_num_threads(args.threads)
    args.work.mkdir(parents=True, exist_ok=True)
    args.run(args)


if __name__ == "__main__":
    main()
