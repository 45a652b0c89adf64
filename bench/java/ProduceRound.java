import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.*;
import java.util.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Java's own producer on the keyed records of bench/produce.ts. Arguments: bootstrap, topic, file, records, warm-up, key
 * bytes, record bytes, then settings as name=value. Prints the same JSON; CPU is that of the whole process after warm-up.
 */
public class ProduceRound {
    public static void main(String[] args) throws Exception {
        String topic = args[1];
        byte[] file = Files.readAllBytes(Path.of(args[2]));
        int records = Integer.parseInt(args[3]), warmUp = Integer.parseInt(args[4]);
        int keyBytes = Integer.parseInt(args[5]), recordBytes = Integer.parseInt(args[6]);
        byte[][] keys = new byte[records][], values = new byte[records][];
        for (int index = 0; index < records; index++) {
            int at = index * recordBytes;
            keys[index] = Arrays.copyOfRange(file, at, at + keyBytes);
            values[index] = Arrays.copyOfRange(file, at + keyBytes, at + recordBytes);
        }
        Map<String, Object> settings = new HashMap<>(Map.of("bootstrap.servers", args[0], "acks", "all", "enable.idempotence", "true"));
        for (String setting : Arrays.copyOfRange(args, 7, args.length)) {
            int equals = setting.indexOf('=');
            settings.put(setting.substring(0, equals), setting.substring(equals + 1));
        }
        int[] failed = { 0 };
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            Callback callback = (metadata, error) -> { if (error != null) failed[0]++; };
            send(producer, callback, topic, keys, values, 0, warmUp);
            long cpu = system.getProcessCpuTime(), started = System.nanoTime();
            send(producer, callback, topic, keys, values, warmUp, records);
            double seconds = (System.nanoTime() - started) / 1e9, cpuSeconds = (system.getProcessCpuTime() - cpu) / 1e9;
            if (failed[0] > 0) throw new IllegalStateException(failed[0] + " records failed");
            System.out.println("{\"records\":" + (records - warmUp) + ",\"seconds\":" + seconds + ",\"cpuSeconds\":" + cpuSeconds + "}");
        }
    }

    static void send(Producer<byte[], byte[]> producer, Callback callback, String topic, byte[][] keys, byte[][] values, int from, int to) {
        for (int index = from; index < to; index++) producer.send(new ProducerRecord<>(topic, keys[index], values[index]), callback);
        producer.flush();
    }
}
