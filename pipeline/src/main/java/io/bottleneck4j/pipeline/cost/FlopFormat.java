package io.bottleneck4j.pipeline.cost;

import java.util.Locale;

/**
 * FLOPs as text, in one unit for all numbers of a table: T (10¹²) from 1 T on, as the paper writes them, for small models G (10⁹), M
 * (10⁶) or k (10³). Numbers below 100 have three decimals ({@code 74.385 T}), others two ({@code 605,459.49 T}).
 *
 * @param unit one of T, G, M, k
 * @param decimals digits after the point
 */
public record FlopFormat(Unit unit, int decimals) {
    private static final double FEW = 99.9995;

    /** Powers of a thousand. */
    public enum Unit {
        k(1e3),
        M(1e6),
        G(1e9),
        T(1e12);

        private final double flops;

        Unit(double flops) {
            this.flops = flops;
        }

        /** FLOPs of one. */
        public double flops() {
            return flops;
        }
    }

    /** The format for a table whose largest number this is. */
    public static FlopFormat fitting(double largest) {
        Unit unit = Unit.k;
        for (Unit larger : Unit.values()) {
            if (largest >= larger.flops()) {
                unit = larger;
            }
        }
        return in(unit, largest);
    }

    /** The same with the unit chosen, for a column beside others. */
    public static FlopFormat in(Unit unit, double largest) {
        return new FlopFormat(unit, largest / unit.flops() < FEW ? 3 : 2);
    }

    /** One number by itself, as {@code 74.385 T}. */
    public static String text(double flops) {
        FlopFormat format = fitting(flops);
        return format.number(flops) + " " + format.unit();
    }

    /** The number without its unit, as {@code 605,459.49}. */
    public String number(double flops) {
        return String.format(Locale.ROOT, "%,." + decimals + "f", flops / unit.flops());
    }
}
