package io.bottleneck4j.eval.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class MarkupTest {
    private static final Grid GRID = new Grid(
            "g",
            "A & B",
            "50 % of_it",
            1,
            List.of("plan", "x ↑"),
            List.of(List.of(Cell.of("a|b [c](d)"), Cell.of(0.5, 0.25, 0.75, 2).marked(Cell.Mark.WORSE))));

    @Test
    void markdown_textOfUsers_cannotBecomeMarkup() {
        assertThat(Markup.MARKDOWN.of(GRID)).isEqualTo("""
                        ## A & B

                        | plan | x ↑ |
                        |---|---:|
                        | a\\|b [c]\\(d) | 0.50 [0.25, 0.75] ▼ |

                        50 % of\\_it
                        """);
    }

    @Test
    void latex_textOfUsers_isPrintedAsItIs() {
        assertThat(Markup.LATEX.of(GRID)).isEqualTo("""
                        \\begin{table}
                        \\centering
                        \\small
                        \\caption{A \\& B. 50 \\% of\\_it}
                        \\label{tab:g}
                        \\begin{tabular}{lr}
                        \\toprule
                        plan & x $\\uparrow$ \\\\
                        \\midrule
                        a|b [c](d) & 0.50 {\\scriptsize [0.25, 0.75]} $\\blacktriangledown$ \\\\
                        \\bottomrule
                        \\end{tabular}
                        \\end{table}
                        """);
        Grid odd = new Grid("o", "t", "", 1, List.of("h"), List.of(List.of(Cell.of("[\\~^{}$#𝛼"))));
        assertThat(Markup.LATEX.of(odd))
                .contains("\n{}[\\textbackslash{}\\textasciitilde{}\\textasciicircum{}\\{\\}\\$\\#𝛼 \\\\\n");
    }

    @Test
    void html_textOfUsers_cannotBecomeTags() {
        Grid grid = new Grid("g", "<t>", "<n>", 1, List.of("<h>"), List.of(List.of(Cell.of("<c>"))));
        assertThat(Markup.HTML.of(grid)).contains("&lt;t&gt;", "&lt;n&gt;", "&lt;h&gt;", "&lt;c&gt;");
        assertThat(Markup.HTML.of(grid).replaceAll("&lt;.&gt;", "")).doesNotContain("<t>", "<n>", "<h>", "<c>");
    }

    @Test
    void cell_numbers_areShownWithTheirIntervals() {
        assertThat(Cell.of(Double.NaN, 0, 1, 2)).isEqualTo(Cell.none());
        assertThat(Cell.of(-0.001, -0.5, 0.2, 1)).isEqualTo(new Cell("0.0", "[-0.5, 0.2]", Cell.Mark.NONE));
        assertThat(Cell.decimals(0.7)).isEqualTo(3);
        assertThat(Cell.decimals(-31)).isEqualTo(2);
        assertThat(Cell.decimals(5000)).isZero();
        assertThat(Markup.plain(Cell.of(1, 1, 1, 0).and("n 3 of 4"))).isEqualTo("1 [1, 1] n 3 of 4");
    }

    @Test
    void grid_rowOfAnotherLength_isRefused() {
        assertThatThrownBy(() -> new Grid("g", "t", "", 0, List.of("a", "b"), List.of(List.of(Cell.of("1")))))
                .hasMessage("t: a row must have 2 cells, as the head, not 1");
    }
}
