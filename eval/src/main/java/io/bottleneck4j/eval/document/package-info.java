/** What people and programs read: tables as Markdown, LaTeX, HTML and CSV, pages, and JSON files bound to records. */
@NullMarked
package io.bottleneck4j.eval.document;

import org.jspecify.annotations.NullMarked;
