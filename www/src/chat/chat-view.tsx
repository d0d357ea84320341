import { Button, VisuallyHidden } from "@mantine/core";
import { SquarePen } from "lucide-react";
import { useRef } from "react";
import { useObservable } from "../app/observable";
import { useSession } from "../app/session-context";
import { AnswerView } from "./answer-view";
import classes from "./chat-view.module.css";
import { Composer } from "./composer";
import { QuestionView } from "./question-view";
import { useFollowEnd } from "./use-follow-end";
import { Welcome } from "./welcome";

export function ChatView() {
  const { conversation } = useSession();
  const turns = useObservable(conversation.turns);
  const input = useRef<HTMLTextAreaElement>(null);
  const busy = turns.some((turn) => turn.role === "answer" && (turn.status === "waiting" || turn.status === "streaming"));
  useFollowEnd(turns);

  // The button that was pressed is gone by then. Whoever went elsewhere meanwhile is left there.
  const focusIfLost = () => {
    if (document.activeElement === document.body) input.current?.focus();
  };

  const startAnew = () => {
    conversation.clear();
    window.scrollTo(0, 0);
    input.current?.focus();
  };

  return (
    <div className={classes.column}>
      {turns.length === 0 ? (
        <Welcome onExample={(text) => conversation.ask(text)} onReady={focusIfLost} />
      ) : (
        <>
          <div className={classes.head}>
            <VisuallyHidden component="h1">Conversation</VisuallyHidden>
            <Button variant="subtle" size="compact-md" leftSection={<SquarePen size={16} aria-hidden />} onClick={startAnew}>
              New chat
            </Button>
          </div>
          <ol className={classes.turns}>
            {turns.map((turn, index) => (
              <li key={turn.id} className={classes.turn}>
                {turn.role === "question" ? (
                  <QuestionView turn={turn} />
                ) : (
                  <AnswerView
                    turn={turn}
                    onRegenerate={index === turns.length - 1 && turns[index - 1]?.role === "question" && !busy && turn.status !== "cut" ? () => conversation.regenerate() : undefined}
                    cut={{ isBusy: busy, onGoOn: () => conversation.goOn(turn), onDiscard: () => void conversation.discard(turn).then(focusIfLost) }}
                  />
                )}
              </li>
            ))}
          </ol>
        </>
      )}
      <Composer inputRef={input} busy={busy} />
    </div>
  );
}
