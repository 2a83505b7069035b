package io.bottleneck4j.models;

import io.bottleneck4j.models.folder.Config;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.HashMap;
import java.util.Map;

/** Configurations with some values changed. */
public final class Records {
    private Records() {}

    /** A configuration that leaves everything out, so that its reader takes the defaults. */
    public static Config nothing() {
        return Config.parse("config.json", "{}");
    }

    /**
     * A record like another.
     *
     * @param changes names of components, each before its value
     * @throws RuntimeException what the record's constructor throws
     */
    @SuppressWarnings("unchecked")
    public static <T extends Record> T with(T record, Object... changes) {
        Map<Object, Object> changed = new HashMap<>();
        for (int i = 0; i < changes.length; i += 2) {
            changed.put(changes[i], changes[i + 1]);
        }
        RecordComponent[] components = record.getClass().getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        Object[] values = new Object[components.length];
        try {
            for (int i = 0; i < components.length; i++) {
                types[i] = components[i].getType();
                Object own = components[i].getAccessor().invoke(record);
                Object other = changed.remove(components[i].getName());
                values[i] = other == null ? own : other;
            }
            if (!changed.isEmpty()) {
                throw new IllegalStateException(record.getClass() + " has no " + changed.keySet());
            }
            return (T) record.getClass().getDeclaredConstructor(types).newInstance(values);
        } catch (InvocationTargetException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
