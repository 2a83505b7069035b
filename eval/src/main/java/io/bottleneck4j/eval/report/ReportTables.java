package io.bottleneck4j.eval.report;

import io.bottleneck4j.eval.Metric;
import io.bottleneck4j.eval.document.Cell;
import io.bottleneck4j.eval.document.Grid;
import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.eval.run.RunPicture;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.eval.score.Bootstrap;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A report as tables: what plans cost and give, the same by category, tests, what is missing, and what the runs were. */
public record ReportTables(Report report) {
    private static final double LEAST_P = 0.001;
    private static final String TERA = "TFLOPs";
    private static final String INTERVALS =
            "In brackets 95 % intervals by bootstrap: of scores over whole prompts, of seconds and"
                    + " speed-up over pictures.";
    private static final String SIGNS =
            "▲ better and ▼ worse than the reference, ≠ different where neither way is better, measured on the same prompts and seeds: the"
                    + " interval of the mean difference leaves out 0 and a sign-flip test over prompts gives p < .05. ≈ no difference"
                    + " measured, which need not mean that there is none: the table of differences says how large it may be. p is not"
                    + " corrected for the number of comparisons.";

    /** All that have something to say, in the order to show them. */
    List<Grid> all() {
        List<Grid> grids = new ArrayList<>();
        grids.add(main());
        if (!report.categories().isEmpty()) {
            report.metrics().forEach(metric -> grids.add(categories(metric)));
        }
        if (report.rows().size() > 1 && !report.metrics().isEmpty()) {
            grids.add(differences());
        }
        if (!report.isWhole()) {
            grids.add(missing());
        }
        grids.add(runs());
        return grids;
    }

    /** The paper's Tables 1, 2, 3 and 7: a row for each plan. */
    public Grid main() {
        List<String> head = new ArrayList<>(
                List.of("plan", "forwards", "latency (s) ↓", unit() + " ↓", "FLOPs speed ↑", "measured speed ↑"));
        report.metrics().forEach(metric -> head.add(headed(metric)));
        List<List<Cell>> rows = report.rows().stream().map(this::main).toList();
        return new Grid("main", "Cost and quality", mainNote(), 1, head, rows);
    }

    private List<Cell> main(Report.Row row) {
        RunRecord run = row.entry().run();
        double flops = run.flops() / (unit().equals(TERA) ? 1e12 : 1e9);
        Stream<Object> cost = Stream.of(
                row.name(),
                run.atMost(String.valueOf(run.forwards())),
                cell(row.seconds(), largest(Report.Row::seconds)),
                run.atMost(Cell.number(flops, Math.min(2, Cell.decimals(flops)))),
                (run.forwardsAreAtMost() ? "at least " : "") + Cell.number(row.flopRatio(), 2) + " ×",
                speed(row));
        return Cell.row(Stream.concat(cost, report.metrics().stream().map(metric -> cell(row, metric, Report.ALL)))
                .toArray());
    }

    /** Small models are counted in thousandths. */
    private String unit() {
        return report.reference().entry().run().flops() < 1e12 ? "GFLOPs" : TERA;
    }

    private Cell speed(Report.Row row) {
        Bootstrap speedUp = row.speedUp();
        if (report.isReference(row)) {
            return Cell.of("1.00 ×");
        }
        if (speedUp == null) {
            return Cell.none();
        }
        Cell cell = Cell.of(speedUp.mean(), speedUp.low(), speedUp.high(), 2);
        return new Cell(cell.text() + " ×", cell.interval(), cell.mark());
    }

    private String mainNote() {
        RunRecord run = report.entrants().reference().run();
        StringBuilder note = new StringBuilder("Reference: "
                + report.reference().name() + ". " + run.prompts().count()
                + " prompts of " + run.benchmark() + ", " + run.samples() + " pictures each. Latency is the median of a"
                + " picture's seconds. " + RunPicture.TIMING
                + " FLOPs are of the transformer for one picture; FLOPs speed"
                + " and measured speed are the reference's FLOPs and median divided by the plan's, the paper's \"speed\" is"
                + " the former. " + INTERVALS + " " + averages() + SIGNS);
        if (!sameMachine()) {
            note.append(
                    " The runs were made on different machines or types: latency and measured speed do not compare.");
        }
        if (!report.isWhole()) {
            note.append(
                    " Pictures or scores are missing: n is how many a mean has, and the table of what is missing names them.");
        }
        return note.toString();
    }

    private String averages() {
        List<String> byCategory = report.metrics().stream()
                .filter(metric -> Metric.Overall.of(metric) == Metric.Overall.CATEGORIES)
                .toList();
        String rest = "Scores are means over pictures";
        return byCategory.isEmpty()
                ? rest + ". "
                : rest + ", but of " + String.join(", ", byCategory) + " the " + Metric.Overall.CATEGORIES + ". ";
    }

    private boolean sameMachine() {
        return report.rows().stream()
                        .map(row -> row.entry().run())
                        .map(run -> List.of(run.machine(), run.dtype()))
                        .distinct()
                        .count()
                == 1;
    }

    private Grid categories(String metric) {
        List<String> head = new ArrayList<>(List.of("plan"));
        head.addAll(report.categories());
        head.add("overall" + Metric.Better.of(metric).arrow());
        List<List<Cell>> rows = new ArrayList<>();
        for (Report.Row row : report.rows()) {
            List<Cell> cells = new ArrayList<>(List.of(Cell.of(row.name())));
            report.categories().forEach(category -> cells.add(cell(row, metric, category)));
            cells.add(cell(row, metric, Report.ALL));
            rows.add(cells);
        }
        return new Grid(
                "by-category-" + metric,
                metric + " by category",
                "Overall is the " + Metric.Overall.of(metric) + ".",
                1,
                head,
                rows);
    }

    private Grid differences() {
        List<List<Cell>> rows = new ArrayList<>();
        for (String metric : report.metrics()) {
            for (Report.Row row : report.rows()) {
                if (!report.isReference(row)) {
                    rows.add(difference(row, metric));
                }
            }
        }
        return new Grid(
                "differences",
                "Differences to " + report.reference().name(),
                "Mean difference of scores of the same prompt and sample, with the interval of means over resampled"
                        + " prompts, and the p-value of a sign-flip permutation test over prompts. Signs as in the first"
                        + " table.",
                2,
                List.of("metric", "plan", "pairs", "difference", "p"),
                rows);
    }

    private List<Cell> difference(Report.Row row, String metric) {
        Estimate.Versus versus = row.estimate(metric, Report.ALL).versus();
        if (versus == null) {
            return Cell.row(headed(metric), row.name(), 0, Cell.none(), Cell.none());
        }
        Bootstrap mean = versus.difference();
        int decimals = Cell.decimals(largest(metric)) + 1;
        return Cell.row(
                headed(metric),
                row.name(),
                versus.pictures(),
                Cell.of(mean.mean(), mean.low(), mean.high(), decimals)
                        .marked(versus.verdict().mark()),
                versus.p() < LEAST_P ? "< 0.001" : Cell.number(versus.p(), 3));
    }

    private Grid missing() {
        List<List<Cell>> rows = new ArrayList<>();
        for (Report.Row row : report.rows()) {
            for (Fault fault : row.missing()) {
                rows.add(Cell.row(row.name(), fault.item(), fault.reason()));
            }
        }
        return new Grid(
                "missing",
                "What is missing",
                "None of these is in a mean; differences are over pictures that both plans have.",
                3,
                List.of("plan", "what", "why"),
                rows);
    }

    private Grid runs() {
        List<List<Cell>> rows = report.rows().stream()
                .map(row -> {
                    RunRecord run = row.entry().run();
                    String frames = run.frames() == 1 ? "" : " x " + run.frames();
                    return Cell.row(
                            row.name(),
                            String.join("; ", run.stages()),
                            run.width() + " x " + run.height() + frames,
                            run.dtype(),
                            run.machine(),
                            run.version());
                })
                .toList();
        return new Grid(
                "runs",
                "The runs",
                "Model " + report.entrants().reference().run().model() + ".",
                6,
                List.of("plan", "stages", "size", "type", "machine", "version"),
                rows);
    }

    private Cell cell(Report.Row row, String metric, String category) {
        Estimate estimate = row.estimate(metric, category);
        Cell cell = cell(estimate.value(), largest(metric));
        Estimate.Versus versus = estimate.versus();
        Cell marked = versus == null ? cell : cell.marked(versus.verdict().mark());
        return estimate.isWhole() ? marked : marked.and("n " + estimate.pictures() + " of " + estimate.expected());
    }

    private static Cell cell(@Nullable Bootstrap value, double largest) {
        return value == null ? Cell.none() : Cell.of(value.mean(), value.low(), value.high(), Cell.decimals(largest));
    }

    private double largest(String metric) {
        return largest(row -> row.estimate(metric, Report.ALL).value());
    }

    private double largest(Function<Report.Row, @Nullable Bootstrap> of) {
        return report.rows().stream()
                .flatMap(row -> Stream.ofNullable(of.apply(row)))
                .mapToDouble(value -> Math.abs(value.mean()))
                .max()
                .orElse(0);
    }

    private static String headed(String metric) {
        return metric + Metric.Better.of(metric).arrow();
    }
}
