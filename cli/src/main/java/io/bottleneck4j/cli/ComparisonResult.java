package io.bottleneck4j.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.eval.result.Comparison;
import io.bottleneck4j.eval.result.Contender;
import io.bottleneck4j.eval.result.Shown;
import io.bottleneck4j.eval.store.ResultFolder;
import io.bottleneck4j.eval.store.ResultTable;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** What compare and ablate print. */
record ComparisonResult(Comparison comparison, ResultFolder folder) {

    void print(PrintWriter out, Format format) {
        if (format == Format.JSON) {
            ObjectNode json = ResultTable.json(comparison);
            json.put("out_dir", folder.path().toString());
            out.println(json);
        } else {
            text(out);
        }
        out.flush();
    }

    private void text(PrintWriter out) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "plan",
                "forwards",
                "FLOPs",
                "of " + comparison.reference() + "'s",
                "seconds",
                "PSNR",
                "SSIM",
                "detail"));
        for (Contender contender : comparison.contenders()) {
            Comparison.Medians medians = comparison.medians(contender);
            rows.add(List.of(
                    contender.name(),
                    String.valueOf(contender.forwards()),
                    Shown.flops(contender.flops()),
                    Shown.ratio(1 / comparison.flopRatio(contender)),
                    Shown.seconds(medians.seconds()),
                    Shown.psnr(medians.psnr()),
                    Shown.ssim(medians.ssim()),
                    Shown.ratio(medians.highFrequencyRatio())));
        }
        Table.print(out, 1, rows);
        out.println("medians of " + comparison.subjects().size() + "; PSNR, SSIM and fine detail are against "
                + comparison.reference() + "'s pictures");
        out.println(folder.resolve(ResultFolder.PAGE));
        out.println(folder.resolve(ResultFolder.sheet(0)));
    }
}
