/** Tables for people: what is in a cell, and how it is written in Markdown, LaTeX and HTML. */
@NullMarked
package io.bottleneck4j.eval.table;

import org.jspecify.annotations.NullMarked;
