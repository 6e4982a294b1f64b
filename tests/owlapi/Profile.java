import java.io.File;
import org.semanticweb.owlapi.apibinding.OWLManager;
import org.semanticweb.owlapi.profiles.OWLProfileReport;
import org.semanticweb.owlapi.profiles.OWLProfileViolation;
import org.semanticweb.owlapi.profiles.Profiles;

/** Prints each violation of OWL 2 RL, and of OWL 2 DL, in the ontology documents given. */
class Profile {
    public static void main(String[] files) throws Exception {
        for (String file : files) {
            var ontology = OWLManager.createOWLOntologyManager().loadOntologyFromOntologyDocument(new File(file));
            System.out.println("axioms\t" + ontology.getAxiomCount());
            for (Profiles profile : new Profiles[] {Profiles.OWL2_RL, Profiles.OWL2_DL}) {
                OWLProfileReport report = profile.checkOntology(ontology);
                for (OWLProfileViolation violation : report.getViolations()) {
                    System.out.println(profile + "\t" + violation.toString().replace('\n', ' '));
                }
            }
        }
    }
}
