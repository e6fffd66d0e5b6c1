import java.io.FileInputStream;
import java.util.Map;
import java.util.TreeMap;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/**
 * Holds PDFs to standards. Arguments come in pairs: a flavour (ua1, 2a, 3a) and a file.
 * Prints one line a pair, and one for each clause that a file breaks, fields parted by tabs:
 * "pass", flavour, file, checks; "fail", flavour, file, clause, times, message, place.
 * Leaves with 0 when all pass, 1 when one does not, 2 when one cannot be read.
 */
public class VeraPdf {
    public static void main(String[] given) {
        VeraGreenfieldFoundryProvider.initialise();
        int outcome = 0;
        for (int i = 0; i + 1 < given.length; i += 2) {
            PDFAFlavour flavour = PDFAFlavour.byFlavourId(given[i]);
            try (FileInputStream content = new FileInputStream(given[i + 1]);
                    PDFAParser parser = Foundries.defaultInstance().createParser(content, flavour)) {
                PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false);
                ValidationResult result = validator.validate(parser);
                if (result.isCompliant()) {
                    tell("pass", given[i], given[i + 1], result.getTotalAssertions());
                } else {
                    outcome = Math.max(outcome, 1);
                    tellFailures(given[i], given[i + 1], result);
                }
            } catch (Exception error) {
                outcome = 2;
                tell("fail", given[i], given[i + 1], "unreadable", 1, error, "");
            }
        }
        System.exit(outcome);
    }

    private static void tellFailures(String flavour, String file, ValidationResult result) {
        Map<String, Integer> times = new TreeMap<>();
        Map<String, TestAssertion> first = new TreeMap<>();
        for (TestAssertion found : result.getTestAssertions()) {
            if (found.getStatus() == TestAssertion.Status.FAILED) {
                String clause = found.getRuleId().getClause() + "-" + found.getRuleId().getTestNumber();
                times.merge(clause, 1, Integer::sum);
                first.putIfAbsent(clause, found);
            }
        }
        for (Map.Entry<String, TestAssertion> entry : first.entrySet()) {
            TestAssertion found = entry.getValue();
            String place = found.getLocation() == null ? "" : found.getLocation().getContext();
            tell("fail", flavour, file, entry.getKey(), times.get(entry.getKey()), found.getMessage(),
                    place.substring(Math.max(0, place.length() - 160)));
        }
    }

    private static void tell(Object... fields) {
        StringBuilder line = new StringBuilder();
        for (Object field : fields) {
            line.append(line.length() == 0 ? "" : "\t").append(String.valueOf(field).replaceAll("\\s+", " "));
        }
        System.out.println(line);
    }
}
