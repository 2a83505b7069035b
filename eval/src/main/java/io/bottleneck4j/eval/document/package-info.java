/** What people and programs read: tables as Markdown, LaTeX, HTML and CSV, pages, and JSON files bound to records. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.eval.document;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
