package io.bottleneck4j.eval.store;

import static io.bottleneck4j.eval.store.Csv.number;

import io.bottleneck4j.eval.metrics.Distance;
import io.bottleneck4j.eval.result.Comparison;
import io.bottleneck4j.eval.result.Contender;
import io.bottleneck4j.eval.result.Measured;
import io.bottleneck4j.eval.result.Subject;

/**
 * A comparison as {@linkplain Csv comma-separated values}: a row for each picture, then one of medians for each plan. A number
 * that is not there is left empty; the PSNR of equal pictures is {@code Infinity}.
 */
public final class ResultCsv {
    private static final String HEADER =
            "row,plan,prompt,seed,file,seconds,forwards,flops,flop_ratio,psnr,ssim,high_frequency_ratio,flicker_ratio\n";

    private ResultCsv() {}

    /** The text of the file. */
    public static String text(Comparison comparison) {
        StringBuilder csv = new StringBuilder(HEADER);
        for (Subject subject : comparison.subjects()) {
            for (Contender contender : comparison.contenders()) {
                Measured picture = comparison.find(subject, contender.name());
                if (picture != null) {
                    csv.append(row(comparison, contender, picture));
                }
            }
        }
        for (Contender contender : comparison.contenders()) {
            Comparison.Medians medians = comparison.medians(contender);
            csv.append(Csv.row(
                    "median",
                    contender.name(),
                    "",
                    "",
                    "",
                    number(medians.seconds()),
                    contender.forwards(),
                    number(contender.flops()),
                    number(comparison.flopRatio(contender)),
                    number(medians.psnr()),
                    number(medians.ssim()),
                    number(medians.highFrequencyRatio()),
                    number(medians.flickerRatio())));
        }
        return csv.toString();
    }

    private static String row(Comparison comparison, Contender contender, Measured picture) {
        Distance distance = picture.distance();
        return Csv.row(
                "picture",
                contender.name(),
                picture.subject().prompt(),
                picture.subject().seed(),
                picture.file(),
                number(picture.seconds()),
                contender.forwards(),
                number(contender.flops()),
                number(comparison.flopRatio(contender)),
                distance == null ? "" : number(distance.psnr()),
                distance == null ? "" : number(distance.ssim()),
                distance == null ? "" : number(distance.highFrequencyRatio()),
                distance == null ? "" : number(distance.flickerRatio()));
    }
}
