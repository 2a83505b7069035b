package io.bottleneck4j.cli.compare;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.cli.terminal.Format;
import io.bottleneck4j.cli.terminal.GridPrinter;
import io.bottleneck4j.eval.compare.Comparison;
import io.bottleneck4j.eval.compare.ComparisonFolder;
import io.bottleneck4j.eval.compare.ComparisonTables;
import java.io.PrintWriter;

/** What compare and ablate print. */
record ComparisonResult(Comparison comparison, ComparisonFolder folder) {
    void print(PrintWriter out, Format format) {
        if (format == Format.JSON) {
            ObjectNode json = ComparisonTables.json(comparison);
            out.println(json.put("out_dir", folder.path().toString()));
        } else {
            GridPrinter.print(out, ComparisonTables.medians(comparison));
            out.println("medians; PSNR, SSIM and fine detail are against " + comparison.reference() + "'s pictures");
            out.println(folder.resolve(ComparisonFolder.PAGE));
            out.println(folder.resolve(ComparisonFolder.sheet(0)));
        }
        out.flush();
    }
}
