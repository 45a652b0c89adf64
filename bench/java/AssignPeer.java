// Peer of bench/assign.ts: Kafka's own assignors on the same group. Run by it, or by hand:
//   java -cp 'DIRECTORY OF KAFKA JARS/*' bench/java/AssignPeer.java ASSIGNOR TOPICS PARTITIONS MEMBERS ROUNDS
// ASSIGNOR: uniform or cooperative-sticky. Prints one JSON object: milliseconds of each round for one member more and
// for one member fewer, and how many partitions moved between members that stayed. Everything that the coordinator or
// the group leader has ready before it calls the assignor is prepared outside the measured time.
import java.util.*;
import java.util.stream.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.utils.AppInfoParser;
import org.apache.kafka.coordinator.group.api.assignor.GroupSpec;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;
import org.apache.kafka.coordinator.group.assignor.UniformAssignor;
import org.apache.kafka.coordinator.group.modern.GroupSpecImpl;
import org.apache.kafka.coordinator.group.modern.MemberSubscriptionAndAssignmentImpl;

public class AssignPeer {
    static List<String> topics;
    static int partitions;
    static Map<String, Uuid> ids = new HashMap<>();
    static Map<Uuid, String> names = new HashMap<>();
    static long lastNanos;

    public static void main(String[] args) {
        boolean uniform = args[0].equals("uniform");
        int topicCount = Integer.parseInt(args[1]), memberCount = Integer.parseInt(args[3]), rounds = Integer.parseInt(args[4]);
        partitions = Integer.parseInt(args[2]);
        topics = IntStream.range(0, topicCount).mapToObj(i -> String.format("topic-%04d", i)).collect(Collectors.toList());
        for (int i = 0; i < topicCount; i++) { Uuid id = new Uuid(i * 0x9E3779B97F4A7C15L, ~(i * 0xD1B54A32D192ED03L)); ids.put(topics.get(i), id); names.put(id, topics.get(i)); }
        List<String> members = IntStream.range(0, memberCount).mapToObj(i -> String.format("consumer-%05d", i)).collect(Collectors.toList());
        List<String> more = new ArrayList<>(members); more.add(String.format("consumer-%05d", memberCount));
        List<String> fewer = new ArrayList<>(members); fewer.remove(memberCount / 2);
        Map<String, Map<String, Set<Integer>>> start = assign(uniform, members, Map.of());
        List<Double> joins = new ArrayList<>(), leaves = new ArrayList<>();
        int movedJoin = 0, movedLeave = 0;
        for (int round = 0; round < rounds; round++) {
            movedJoin = moved(start, assign(uniform, more, start), more); joins.add(lastNanos / 1e6);
            movedLeave = moved(start, assign(uniform, fewer, start), fewer); leaves.add(lastNanos / 1e6);
        }
        System.out.printf(Locale.ROOT, "{\"version\":\"%s\",\"jdk\":\"%s\",\"joinMs\":%s,\"leaveMs\":%s,\"movedOnJoin\":%d,\"movedOnLeave\":%d}%n",
            AppInfoParser.getVersion(), System.getProperty("java.version"), joins, leaves, movedJoin, movedLeave);
    }

    static Map<String, Map<String, Set<Integer>>> assign(boolean uniform, List<String> members, Map<String, Map<String, Set<Integer>>> before) {
        return uniform ? assignUniform(members, before) : assignCooperative(members, before);
    }

    static Map<String, Map<String, Set<Integer>>> assignUniform(List<String> members, Map<String, Map<String, Set<Integer>>> before) {
        Set<Uuid> subscribed = new HashSet<>(ids.values());
        Map<String, MemberSubscriptionAndAssignmentImpl> specs = new HashMap<>();
        Map<Uuid, Map<Integer, String>> owners = new HashMap<>();
        for (String member : members) {
            Map<Uuid, Set<Integer>> owned = new HashMap<>();
            before.getOrDefault(member, Map.of()).forEach((topic, set) -> {
                owned.put(ids.get(topic), set);
                for (int p : set) owners.computeIfAbsent(ids.get(topic), x -> new HashMap<>()).put(p, member);
            });
            specs.put(member, new MemberSubscriptionAndAssignmentImpl(Optional.empty(), Optional.empty(), subscribed,
                new org.apache.kafka.coordinator.group.modern.Assignment(owned)));
        }
        GroupSpec spec = new GroupSpecImpl(specs, SubscriptionType.HOMOGENEOUS, owners);
        SubscribedTopicDescriber describer = new SubscribedTopicDescriber() {
            public int numPartitions(Uuid id) { return names.containsKey(id) ? partitions : -1; }
            public Set<String> racksForPartition(Uuid id, int partition) { return Set.of(); }
        };
        long from = System.nanoTime();
        var result = new UniformAssignor().assign(spec, describer);
        lastNanos = System.nanoTime() - from;
        Map<String, Map<String, Set<Integer>>> out = new HashMap<>();
        result.members().forEach((member, assignment) -> {
            Map<String, Set<Integer>> byTopic = new HashMap<>();
            assignment.partitions().forEach((id, set) -> byTopic.put(names.get(id), set));
            out.put(member, byTopic);
        });
        return out;
    }

    static Map<String, Map<String, Set<Integer>>> assignCooperative(List<String> members, Map<String, Map<String, Set<Integer>>> before) {
        Node node = new Node(1, "b", 9092);
        Node[] replicas = {node};
        List<PartitionInfo> infos = new ArrayList<>();
        for (String topic : topics) for (int p = 0; p < partitions; p++) infos.add(new PartitionInfo(topic, p, node, replicas, replicas));
        Cluster cluster = new Cluster("c", List.of(node), infos, Set.of(), Set.of());
        Map<String, Subscription> subscriptions = new HashMap<>();
        for (String member : members) {
            List<TopicPartition> owned = new ArrayList<>();
            before.getOrDefault(member, Map.of()).forEach((topic, set) -> { for (int p : set) owned.add(new TopicPartition(topic, p)); });
            subscriptions.put(member, new Subscription(topics, null, owned, before.containsKey(member) ? 1 : -1, Optional.empty()));
        }
        long from = System.nanoTime();
        GroupAssignment result = new CooperativeStickyAssignor().assign(cluster, new GroupSubscription(subscriptions));
        lastNanos = System.nanoTime() - from;
        Map<String, Map<String, Set<Integer>>> out = new HashMap<>();
        result.groupAssignment().forEach((member, assignment) -> {
            Map<String, Set<Integer>> byTopic = new HashMap<>();
            for (TopicPartition tp : assignment.partitions()) byTopic.computeIfAbsent(tp.topic(), x -> new HashSet<>()).add(tp.partition());
            out.put(member, byTopic);
        });
        return out;
    }

    static int moved(Map<String, Map<String, Set<Integer>>> before, Map<String, Map<String, Set<Integer>>> after, List<String> members) {
        int moved = 0;
        for (String member : members)
            for (var entry : before.getOrDefault(member, Map.of()).entrySet())
                for (int p : entry.getValue())
                    if (!after.get(member).getOrDefault(entry.getKey(), Set.of()).contains(p)) moved++;
        return moved;
    }
}
