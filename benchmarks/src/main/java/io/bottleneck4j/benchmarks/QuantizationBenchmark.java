package io.bottleneck4j.benchmarks;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.eval.metrics.Psnr;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Quantization;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;

/**
 * How far quantized weights bring a model's pictures from those of float32, by the same prompts and seeds: cosines of latents, and PSNR of
 * pictures, of a video of its first frame. Prints a line of JSON per quantization.
 *
 * <p>Arguments: a model's folder, a file of prompts, how many of them, threads, a plan.
 */
public final class QuantizationBenchmark {

    private QuantizationBenchmark() {}

    private record Made(Latents latents, Picture picture) {}

    public static void main(String[] args) throws IOException {
        Model model = Model.open(Path.of(args[0]));
        List<String> prompts = Files.readAllLines(Path.of(args[1])).subList(0, Integer.parseInt(args[2]));
        Libtorch.setThreads(Integer.parseInt(args[3]));
        String plan = args[4];
        List<Made> exact = made(model, prompts, plan, Quantization.NONE);
        for (Quantization quantization : Quantization.values()) {
            if (quantization != Quantization.NONE) {
                print(quantization, exact, made(model, prompts, plan, quantization));
            }
        }
    }

    private static List<Made> made(Model model, List<String> prompts, String plan, Quantization quantization) {
        List<Made> all = new ArrayList<>();
        try (Pipeline pipeline = model.pipeline(new Execution(Device.CPU, DType.FLOAT32, quantization))) {
            for (int i = 0; i < prompts.size(); i++) {
                Request request =
                        model.request(prompts.get(i)).seed(42 + i).plan(plan).build();
                Latents latents = pipeline.denoise(request, pipeline.encode(request));
                all.add(new Made(latents, pipeline.still(latents)));
            }
        }
        return all;
    }

    private static void print(Quantization quantization, List<Made> exact, List<Made> quantized) {
        DoubleSummaryStatistics cosines = new DoubleSummaryStatistics();
        DoubleSummaryStatistics psnrs = new DoubleSummaryStatistics();
        for (int i = 0; i < exact.size(); i++) {
            cosines.accept(cosine(exact.get(i).latents(), quantized.get(i).latents()));
            psnrs.accept(Psnr.of(quantized.get(i).picture(), exact.get(i).picture()));
        }
        System.out.printf(
                Locale.ROOT,
                "{\"quantize\": \"%s\", \"prompts\": %d, \"cosine\": %.5f, \"least_cosine\": %.5f, \"psnr\": %.2f,"
                        + " \"least_psnr\": %.2f}%n",
                quantization,
                exact.size(),
                cosines.getAverage(),
                cosines.getMin(),
                psnrs.getAverage(),
                psnrs.getMin());
    }

    private static double cosine(Latents one, Latents other) {
        FloatBuffer a = one.asReadOnlyBuffer();
        FloatBuffer b = other.asReadOnlyBuffer();
        double ab = 0;
        double aa = 0;
        double bb = 0;
        while (a.hasRemaining()) {
            double x = a.get();
            double y = b.get();
            ab += x * y;
            aa += x * x;
            bb += y * y;
        }
        return ab / Math.sqrt(aa * bb);
    }
}
