import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;

/** Java's own client on the keys of bench/routing-round.ts. Argument: text or packed. Prints the same JSON. */
public class RoutingRound {
    static final int KEYS = 100_000, COUNT = 1000, REPEAT = 100;
    static int[] out = new int[KEYS];

    public static void main(String[] arguments) {
        String[] texts = new String[KEYS];
        byte[][] keys = new byte[KEYS][];
        for (int index = 0; index < KEYS; index++) {
            texts[index] = String.format("user-%011d", (index * 48_271L) % 2_147_483_647L);
            keys[index] = texts[index].getBytes(StandardCharsets.UTF_8);
        }
        boolean isText = arguments[0].equals("text");
        for (int round = 0; round < 30; round++) pass(isText, texts, keys);
        var threads = ManagementFactory.getThreadMXBean();
        long started = threads.getCurrentThreadCpuTime();
        for (int round = 0; round < REPEAT; round++) pass(isText, texts, keys);
        double nanoseconds = threads.getCurrentThreadCpuTime() - started;
        int checksum = 0;
        for (int partition : out) checksum = checksum * 31 + partition;
        System.out.println("{\"nsPerKey\":" + nanoseconds / ((double) REPEAT * KEYS) + ",\"checksum\":" + checksum + "}");
    }

    static void pass(boolean isText, String[] texts, byte[][] keys) {
        if (isText)
            for (int index = 0; index < KEYS; index++)
                out[index] = BuiltInPartitioner.partitionForKey(texts[index].getBytes(StandardCharsets.UTF_8), COUNT);
        else
            for (int index = 0; index < KEYS; index++)
                out[index] = BuiltInPartitioner.partitionForKey(keys[index], COUNT);
    }
}
