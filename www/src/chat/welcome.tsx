import { Button } from "@mantine/core";
import { useModels } from "hkm-mesh/react";
import { canAnswer } from "../models/model-facts";
import { OllamaCard } from "../doctor/ollama-card";
import { BuiltInCard } from "../page-model/built-in-card";
import { PageModelCard } from "../page-model/page-model-card";
import { CloudsCard } from "../settings/clouds-card";
import classes from "./welcome.module.css";

const examples = ["Explain in one sentence why the sky is blue.", "Write a short, polite reminder for an unpaid invoice.", "Name three uses of a prism."];

export function Welcome({ onExample, onReady }: { onExample: (text: string) => void; onReady: () => void }) {
  const usable = useModels((model) => canAnswer(model) && model.isAvailable).length > 0;
  return (
    <div className={classes.welcome}>
      <div>
        <h1 className={classes.title}>Ask. The right model answers.</h1>
        <p className={classes.lead}>You say what matters; your question goes to the model that fits best, in this page, on your machine or in a cloud you chose, and you see which one it was and why.</p>
      </div>
      {usable && (
        <div className={classes.examples}>
          {examples.map((text) => (
            <Button key={text} variant="default" size="sm" radius="xl" fw={500} onClick={() => onExample(text)}>
              {text}
            </Button>
          ))}
        </div>
      )}
      <div className={classes.cards}>
        <PageModelCard onReady={onReady} />
        <BuiltInCard />
        <OllamaCard />
        <CloudsCard />
      </div>
    </div>
  );
}
