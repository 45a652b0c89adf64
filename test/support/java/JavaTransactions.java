import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Writes with Kafka's own transactional producer whatever makes reading committed records hard, into partition 0 of one
 * topic: committed and aborted transactions, two producers interleaved, two aborts in a row, an aborted transaction that
 * is longer than one fetch, and in the end one that stays open while others commit behind it.
 * Arguments: bootstrap servers, topic, prefix of the transactional ids.
 */
public class JavaTransactions {
  private static String topic;

  public static void main(String[] args) {
    topic = args[1];
    var first = producer(args[0], args[2] + "-first");
    var second = producer(args[0], args[2] + "-second");
    var third = producer(args[0], args[2] + "-third");

    first.beginTransaction();
    send(first, "committed-1");
    first.commitTransaction();
    for (var round = 0; round < 2; round++) {
      first.beginTransaction();
      send(first, "aborted-in-a-row-" + round);
      first.abortTransaction();
    }
    send(plain(args[0]), "plain-1");

    first.beginTransaction();
    second.beginTransaction();
    send(first, "interleaved-aborted-1");
    send(second, "interleaved-committed-1");
    send(first, "interleaved-aborted-2");
    send(second, "interleaved-committed-2");
    first.abortTransaction();
    send(second, "interleaved-committed-3");
    second.commitTransaction();

    first.beginTransaction();
    second.beginTransaction();
    for (var index = 0; index < 3_000; index++) {
      first.send(record("long-aborted-" + index + "-" + "x".repeat(1_000)));
      if (index % 100 == 0) send(second, "beside-the-long-one-" + index);
    }
    first.flush();
    second.commitTransaction();
    first.abortTransaction();

    first.beginTransaction();
    send(first, "committed-2");
    first.commitTransaction();

    third.beginTransaction();
    send(third, "open");
    second.beginTransaction();
    send(second, "behind-the-open-one");
    second.commitTransaction();
    // no close: it would abort what is open
    Runtime.getRuntime().halt(0);
  }

  private static KafkaProducer<String, String> producer(String servers, String transactionalId) {
    var properties = properties(servers);
    properties.put("transactional.id", transactionalId);
    properties.put("transaction.timeout.ms", "300000");
    var producer = new KafkaProducer<String, String>(properties);
    producer.initTransactions();
    return producer;
  }

  private static KafkaProducer<String, String> plain(String servers) {
    return new KafkaProducer<>(properties(servers));
  }

  private static Properties properties(String servers) {
    var properties = new Properties();
    properties.put("bootstrap.servers", servers);
    properties.put("key.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    properties.put("value.serializer", "org.apache.kafka.common.serialization.StringSerializer");
    return properties;
  }

  private static ProducerRecord<String, String> record(String value) {
    return new ProducerRecord<>(topic, 0, "key", value);
  }

  /** One batch each: the next line goes out after this one is in the log. */
  private static void send(KafkaProducer<String, String> producer, String value) {
    producer.send(record(value));
    producer.flush();
  }
}
