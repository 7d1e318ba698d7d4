// MatrixJava - as the JDK's documentation has it: a fixed pool, a shutdown hook that calls shutdownNow and
// awaitTermination, tasks that end when they are interrupted, try/finally.
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

public class MatrixJava {
    private static final int SLOTS = 4, TASKS = 12, WORK = 1000, GOODBYE = 20;
    private static final OutputStream EVENTS = open(System.getenv("SIGSWEEP_EVENTS"));

    private static OutputStream open(String number) {
        try {
            var make = FileDescriptor.class.getDeclaredConstructor(int.class);
            make.setAccessible(true);
            return new FileOutputStream(make.newInstance(Integer.parseInt(number)));
        } catch (ReflectiveOperationException | RuntimeException none) {
            return OutputStream.nullOutputStream();
        }
    }

    private static void event(String line) {
        try {
            EVENTS.write((line + "\n").getBytes());
        } catch (IOException lost) {
            // a report never changes what the program does
        }
    }

    private static void compute() {
        long end = System.currentTimeMillis() + WORK;
        while (System.currentTimeMillis() < end && !Thread.currentThread().isInterrupted())
            Thread.onSpinWait();
    }

    private static void job(int n) {
        try {
            var tmp = Path.of(n + ".tmp");
            Files.createFile(tmp);
            event("cleanup.arm id=" + n + " name=tmp");
            try {
                event("task.start id=" + n);
                if (n % 2 == 1)
                    compute();
                else
                    Thread.sleep(WORK);
            } finally {
                event("cleanup.begin id=" + n + " name=tmp");
                Thread.sleep(GOODBYE); // throws at once in a task that is still marked as interrupted
                Files.delete(tmp);
                event("cleanup.end id=" + n + " name=tmp rc=0");
            }
        } catch (InterruptedException | IOException early) {
            Thread.currentThread().interrupt();
        } finally {
            event("task.fini id=" + n);
        }
    }

    public static void main(String[] args) {
        var pool = Executors.newFixedThreadPool(SLOTS);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            event("cancel level=1");
            pool.shutdownNow();
            try {
                pool.awaitTermination(10, TimeUnit.SECONDS);
            } catch (InterruptedException early) {
                Thread.currentThread().interrupt();
            }
        }));
        event("ready");
        event("slots n=" + SLOTS);
        for (int n = 1; n <= TASKS; n++)
            event("task.queue id=" + n);
        for (int n = 1; n <= TASKS; n++) {
            int task = n;
            pool.execute(() -> job(task));
        }
        pool.shutdown();
    }
}
