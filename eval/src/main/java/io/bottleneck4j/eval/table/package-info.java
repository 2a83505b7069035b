/** Tables for people: what is in a cell, and how it is written in Markdown, LaTeX and HTML. */
@API(status = API.Status.INTERNAL)
@NullMarked
package io.bottleneck4j.eval.table;

import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
