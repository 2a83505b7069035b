package io.bottleneck4j.server.jobs;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Jobs that wait, in one lane a client. Lanes take turns, so that a client who asks for a hundred pictures delays another by one, not by a
 * hundred; within a lane the first comes first.
 */
final class JobQueue {
    private final int capacity;
    private final Map<String, Deque<ServerJob>> lanes = new LinkedHashMap<>(); // the next to be served first
    private int size;
    private boolean closed;

    JobQueue(int capacity) {
        this.capacity = capacity;
    }

    synchronized boolean isFull() {
        return size >= capacity;
    }

    synchronized int size() {
        return size;
    }

    /** Adds a job; whoever calls has asked whether there is room, or knows that this one must not be lost. */
    synchronized void add(ServerJob job) {
        lanes.computeIfAbsent(job.record().client(), client -> new ArrayDeque<>())
                .add(job);
        size++;
        notifyAll();
    }

    /** The next job, once there is one; null when the queue is closed. */
    synchronized @Nullable ServerJob take() throws InterruptedException {
        while (size == 0 && !closed) {
            wait();
        }
        return closed ? null : next();
    }

    /** Takes the first of the first lane, which goes to the end. */
    private @Nullable ServerJob next() {
        Map.Entry<String, Deque<ServerJob>> first = lanes.entrySet().iterator().next();
        String client = first.getKey();
        Deque<ServerJob> lane = first.getValue();
        lanes.remove(client);
        ServerJob job = lane.poll();
        if (!lane.isEmpty()) {
            lanes.put(client, lane);
        }
        size--;
        return job;
    }

    /** Takes a job out; returns whether it was there. */
    synchronized boolean remove(ServerJob job) {
        Deque<ServerJob> lane = lanes.get(job.record().client());
        if (lane == null || !lane.remove(job)) {
            return false;
        }
        if (lane.isEmpty()) {
            lanes.remove(job.record().client());
        }
        size--;
        return true;
    }

    /** How many jobs are served before this one if no more come; -1 if it does not wait. */
    synchronized int position(ServerJob job) {
        String client = job.record().client();
        int round = -1;
        int i = 0;
        for (ServerJob waiting : lanes.getOrDefault(client, new ArrayDeque<>())) {
            if (waiting == job) {
                round = i;
            }
            i++;
        }
        if (round < 0) {
            return -1;
        }
        int before = round;
        boolean earlier = true;
        for (Map.Entry<String, Deque<ServerJob>> lane : lanes.entrySet()) {
            if (lane.getKey().equals(client)) {
                earlier = false;
            } else {
                before += Math.min(lane.getValue().size(), earlier ? round + 1 : round);
            }
        }
        return before;
    }

    /** Gives out no more; returns those that still wait. */
    synchronized List<ServerJob> close() {
        closed = true;
        List<ServerJob> left = new ArrayList<>();
        lanes.values().forEach(left::addAll);
        lanes.clear();
        size = 0;
        notifyAll();
        return left;
    }
}
