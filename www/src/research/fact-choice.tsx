import { Button, Checkbox } from "@mantine/core";
import { Sparkles } from "lucide-react";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { Sources } from "../chat/sources";
import { ReceiptFacts } from "../pictures/receipt-facts";
import { FactOrigin } from "./fact-origin";
import { FactsNotice } from "./facts-notice";
import classes from "./research.module.css";
import { WordsNote } from "./words-note";

/** A description that came when the visitor had begun to write: it waits here. */
function Offer({ onTaken }: { onTaken: () => void }) {
  const { research } = useSession();
  const { offer } = useObservable(research.state);
  if (offer === undefined) return null;
  const take = () => {
    research.takeOffer();
    onTaken();
  };
  return (
    <section className={classes.facts} aria-label="The description">
      <p className={classes.offer}>{offer.prompt}</p>
      <WordsNote words={offer.findings.words} />
      <Button className={classes.describe} variant="default" onClick={take}>
        Use this in place of your words
      </Button>
    </section>
  );
}

/** The facts that were found, each of which can be left out of the picture. */
export function FactChoice({ onDescribed }: { onDescribed: () => void }) {
  const { research } = useSession();
  const { facts, topic, sources, receipt, task } = useObservable(research.state);
  if (facts.length === 0) return null;
  const chosen = facts.filter(({ isChosen }) => isChosen).length;
  const describe = async () => {
    // Whoever has gone on to something else meanwhile stays there.
    const place = document.activeElement;
    const isDescribed = await research.describe();
    if (isDescribed && (document.activeElement === place || document.activeElement === document.body)) onDescribed();
  };
  return (
    <div className={classes.facts}>
      <fieldset className={classes.choice}>
        <legend>Facts about: {topic}</legend>
        <FactsNotice model={receipt?.model} />
        {facts.map(({ statement, origin, isChosen }, index) => (
          <div key={index} className={classes.fact}>
            <Checkbox label={statement} checked={isChosen} onChange={(event) => research.choose(index, event.currentTarget.checked)} />
            <FactOrigin origin={origin} />
          </div>
        ))}
      </fieldset>
      <Sources sources={sources} />
      {receipt !== undefined && <ReceiptFacts label="Facts about this answer" receipt={receipt} />}
      <Button
        className={classes.describe}
        variant="light"
        leftSection={<Sparkles size={16} aria-hidden />}
        loading={task === "description"}
        disabled={chosen === 0 || task === "facts"}
        onClick={() => void describe()}
      >
        {chosen === facts.length ? "Describe a picture of these" : `Describe a picture of ${chosen} of these`}
      </Button>
      <Offer onTaken={onDescribed} />
    </div>
  );
}
