// Written by scripts/build-client.ts from the server's OpenAPI document; npm run build:client writes it anew.
export interface paths {
  '/v1/recommendations': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** What a user should see next in a domain */
    post: operations['recommend']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/rankings': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Items that the caller gives, in the order in which a user should see them */
    post: operations['rank']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/recommendations/{id}/next': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** The next items of the same draw */
    post: operations['recommendNext']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/recommendations/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The record of a list that was answered */
    get: operations['readRecommendation']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/domains': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The domains that a model knows, and how many items each has */
    get: operations['listDomains']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/events': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Events in the order in which they came */
    get: operations['readEvents']
    put?: never
    /** What users did; answered when it is on disk */
    post: operations['sendEvents']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/users/{user}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What is known of a user; one with events is known */
    get: operations['readUser']
    /** Says all that is known of a user, who is made where there is none */
    put: operations['putUser']
    post?: never
    /** Erases a user: properties, events, history and recorded answers. When it is answered, it is done */
    delete: operations['eraseUser']
    options?: never
    head?: never
    /** Merges properties into those of a user, who is made where there is none; null takes one away */
    patch: operations['patchUser']
    trace?: never
  }
  '/v1/users/{user}/merge': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Gives events and answers of one user to another, as when a visitor logs in; later events of the first count for the other, too */
    post: operations['mergeUsers']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/users': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Users that a search finds: of the store, or of the log that a model was trained on */
    get: operations['searchUsers']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/users/{user}/history': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What a user did, oldest first: the history that lists are made of where a request sends none */
    get: operations['readHistory']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/items/{item}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** An item as it was described */
    get: operations['readItem']
    /** Describes an item anew; one that is new can be recommended at once */
    put: operations['putItem']
    post?: never
    /** Takes an item out of the catalogue: it is not recommended any more. Events about it stay */
    delete: operations['removeItem']
    options?: never
    head?: never
    /** Changes some of what is known of an item; null takes a field away, properties are merged */
    patch: operations['patchItem']
    trace?: never
  }
  '/v1/items/lookup': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Items as they are described, many at a time, also those that only a model knows */
    post: operations['lookUpItems']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/items': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Items by their names, or those that a search finds */
    get: operations['listItems']
    put?: never
    /** Describes many items anew */
    post: operations['putItems']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/exports/{what}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** All events, recorded answers or items, or those of a time */
    get: operations['readExport']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/models': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The models that are served, and the aliases that stand for them */
    get: operations['listModels']
    put?: never
    /** Opens a run beside the models that answer; every server of the store follows */
    post: operations['addModel']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/models/{model}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    post?: never
    /** Takes away a model that was added; what it is answering is answered */
    delete: operations['removeModel']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/aliases/{alias}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    /** Lets an alias stand for a model that is served */
    put: operations['switchAlias']
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/aliases/{alias}/rollback': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Lets an alias stand for the model before */
    post: operations['rollBackAlias']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/placements': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The places in the product where lists are shown */
    get: operations['listPlacements']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/placements/{name}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** How lists are put together for one place in the product */
    get: operations['readPlacement']
    /** Say how lists are put together for one place in the product */
    put: operations['putPlacement']
    post?: never
    /** Take a placement away; requests that name it are refused */
    delete: operations['deletePlacement']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/experiments': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** All experiments */
    get: operations['listExperiments']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/experiments/{name}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What an experiment is, and whether it runs */
    get: operations['readExperiment']
    /** Say what an experiment is; while it runs, only weights, coverage and overrides change */
    put: operations['putExperiment']
    post?: never
    /** Take an experiment away that does not run, with what was assigned in it */
    delete: operations['deleteExperiment']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/experiments/{name}/start': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Assign users from now on; every server of the store does within a second */
    post: operations['startExperiment']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/experiments/{name}/assignments/{user}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The arm of a user, or of a session where sessions have arms: the one they have, or would have with their next list */
    get: operations['readAssignment']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/experiments/{name}/stop': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Give everybody what they would get without it */
    post: operations['stopExperiment']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/experiments/{name}/readout': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Whether an experiment is sound, what it did in each service, and what to do */
    get: operations['readExperimentOut']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/experiments/{name}/readout/course': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What an experiment said at moments from its start until now */
    get: operations['readExperimentCourse']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/trainings': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What was trained again on the events of the store, and what was decided */
    get: operations['listTrainings']
    put?: never
    /** Trains again now, as the server was told to, due or not; what answers stays until the gate has decided */
    post: operations['startTraining']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/trainings/{training}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One training, and what was decided */
    get: operations['getTraining']
    put?: never
    post?: never
    /** Ends a training that is on; what answers stays */
    delete: operations['stopTraining']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/specs': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The models that can be trained, and how a log can be split */
    get: operations['listSpecs']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/specs/{model}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One model with its options, as a form has them */
    get: operations['getSpec']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/datasets': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The datasets below the folders, and the folder that new runs come into */
    get: operations['listDatasets']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/runs': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The runs below the folders that the server looks at; what changes comes on the stream as `runs` */
    get: operations['listRuns']
    put?: never
    /** Trains a model in a process of its own, from a dataset below the folders into a new run there */
    post: operations['train']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/runs/{run}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** All that one run was begun with, and what is in its folder */
    get: operations['getRun']
    put?: never
    post?: never
    /** Ends a training that was begun here, or takes it from those that wait; its run keeps the last checkpoint */
    delete: operations['stopRun']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/runs/{run}/resume': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Goes on with a run from its last checkpoint; with more epochs or patience, with one that is done, too */
    post: operations['resumeRun']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/jobs': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The trainings that were begun here since the server was started; what happens to them is on the stream as `trainings` */
    get: operations['listBegun']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/jobs/{run}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One of them, and what it has said so far */
    get: operations['getBegun']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/evaluations': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What was asked of the recorded lists */
    get: operations['listEvaluations']
    put?: never
    /** Asks the recorded lists what other models would have earned, in a process of its own */
    post: operations['startEvaluation']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/evaluations/{evaluation}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One evaluation, with its answer once it is done */
    get: operations['getEvaluation']
    put?: never
    post?: never
    /** Ends an evaluation that is on */
    delete: operations['stopEvaluation']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/services': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Reports of `tributary transfer`: whether learning from all services helps each of them */
    get: operations['listTransferReports']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/services/{report}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One report, what answers now, and the verdicts over trainings */
    get: operations['getTransferReport']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/services/{report}/fallback': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What would change if other services went to the twin; changes nothing */
    get: operations['tryFallback']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/services/{report}/exchange': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** How much the lists of each service owe to the events of each other; asks the model, which takes a while */
    get: operations['measureExchange']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/series': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What runs logged epoch by epoch: losses, validation, simulation, trust */
    get: operations['getSeries']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/comparisons': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What compare and quickstart have written below the folders, and what was asked for here */
    get: operations['listComparisons']
    put?: never
    /** Evaluates runs alike and holds them against the first, in a process of its own; what is known already is not done again */
    post: operations['startComparison']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/comparisons/{comparison}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What a comparison came to, or how it goes; on the stream as `comparisons` */
    get: operations['getComparison']
    put?: never
    post?: never
    /** Ends a comparison that was asked for here */
    delete: operations['stopComparison']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/stream': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What goes on in this server, as it happens */
    get: operations['listenToServer']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/traffic': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What this server answers and hears, by service and by time */
    get: operations['readTraffic']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/health': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The process is alive */
    get: operations['checkHealth']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/ready': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Every model has answered a first request */
    get: operations['checkReadiness']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/metrics': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Counters and histograms for Prometheus */
    get: operations['readMetrics']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
}
export type webhooks = Record<string, never>
export interface components {
  schemas: {
    Event: {
      /**
       * Who tells of it; `id` is unique within it. Not given: api
       * @example shop-web
       */
      source?: string
      /** Sent again with the same id, an event counts once. Without one a retry counts twice */
      id?: string
      /** @example purchase */
      type: string
      /** Made where there is none of this name */
      user: string
      item?: string
      /** Not needed where the item is known, and then checked */
      domain?: string
      /** When it happened: ISO 8601 or milliseconds since 1970. Not given: the time of receipt */
      timestamp?: string | number
      /** A rating, a price, a number of seconds */
      value?: number
      session?: string
      /** The answer that led to it */
      recommendation?: string
      /** The place of the item in that answer, 1 is first */
      rank?: number
      /** Items that were seen, of an impression */
      shown?: string[]
      properties?: {
        [key: string]: unknown
      }
    }
    NamedItem: {
      item: string
      /** Not needed where the item is known; an item of a served model is in the domain that the model knows it in */
      domain?: string
      /** Never recommended while it is true. Not given: false */
      hidden?: boolean
      /** Recommended from then on */
      availableFrom?: string | number
      /** Recommended before then */
      availableUntil?: string | number
      categories?: string[]
      title?: string
      properties?: {
        [key: string]: unknown
      }
    }
    RecommendationAnswer: {
      /**
       * Of this list; events that it led to name it as `recommendation`
       * @example r_01JDX7M2QW8ZB4T9KCFR3VNH6P
       */
      id: string
      /**
       * The model that answered, with the beginning of the hash of its weights
       * @example sasrec@3f2a91
       */
      model: string
      /** The run that answered in place of the model, where this domain has a fallback */
      fallback?: string
      /** The run that answered in place of the model, since the user is new in this domain and known elsewhere */
      newUsers?: string
      domain: string
      placement?: string
      /** The experiment that the user or the session takes part in, and the arm that answered */
      experiment?: {
        name: string
        arm: string
      }
      /** How the list was drawn of the scores */
      policy: (
        | {
            /** @enum {string} */
            kind: 'greedy'
          }
        | {
            /** @enum {string} */
            kind: 'plackett-luce'
            temperature: number
            candidates: number
          }
        | {
            /** @enum {string} */
            kind: 'epsilon'
            share: number
            candidates: number
            slots?: number[]
          }
        | {
            /** @enum {string} */
            kind: 'policy'
            /** @enum {string} */
            acting: 'sampled'
          }
      ) & {
        /** Of the items that could be drawn, with their scores: equal where there were the same to draw of */
        candidatesHash: string
      }
      /**
       * Where the user is known from: the history has events of this domain, of others alone, or none, so that nothing is personal but what the model learned of `user`
       * @enum {string}
       */
      known: 'here' | 'elsewhere' | 'nowhere'
      items: {
        item: string
        /** Of the model, for this list alone; not comparable between lists */
        score: number
        /** 1 is first */
        rank: number
        /** The probability of this item at this rank given those above it; 1 where nothing was drawn */
        propensity: number
        /**
         * Where the item comes from: the model or what answers in its place; `fresh`, newer than the model; `explored`, drawn to learn of it; `pinned`; or `popular`
         * @enum {string}
         */
        source: 'model' | 'fallback' | 'fresh' | 'popular' | 'pinned' | 'explored'
        /**
         * Put in because the list was too short. It was not drawn and, like what is `pinned`, tells nothing of the policy
         * @enum {boolean}
         */
        filled?: true
        /** Of an interleaved list: the arm that picked it */
        team?: string
        /**
         * How much each domain counted; there where it was asked for, and the model that answered weighs domains
         * @example {
         *       "films": 0.61,
         *       "music": 0.39
         *     }
         */
        sources?: {
          [key: string]: number
        }
        /** The items of the history that it owes most to, with their shares of all that the history did for it; where it was asked for */
        because?: {
          item: string
          domain: string
          share: number
        }[]
        /**
         * The shares of the history by domain; where it was asked for
         * @example {
         *       "games": 0.61,
         *       "books": 0.39
         *     }
         */
        owedTo?: {
          [key: string]: number
        }
      }[]
      /**
       * The means of `sources` of the items
       * @example {
       *       "films": 0.61,
       *       "music": 0.39
       *     }
       */
      sources?: {
        [key: string]: number
      }
      /**
       * The means of `owedTo` of the items that have it
       * @example {
       *       "games": 0.61,
       *       "books": 0.39
       *     }
       */
      owedTo?: {
        [key: string]: number
      }
      /** The last event that the stored history has, where it was used and events are stored */
      historySequence?: string
      /** Items of history that the model was given */
      historyUsed: number
      /** Fields that were skipped because the model does not know them, such as `history[2]` */
      ignored: string[]
    }
    Failure: {
      error: {
        /** Stable; listed in docs/errors.md and docs/serving.md */
        code: string
        message: string
        /**
         * The field of the request at fault
         * @example history[2]
         */
        field?: string
        /** What was probably meant */
        suggestion?: string
      }
    }
    RecommendationRequest: {
      /**
       * The service whose items are recommended; needed where no placement says it
       * @example books
       */
      domain?: string
      /** A user of the log. Without `history` the stored history of the user is used, all of it */
      user?: string
      /** What the user did, oldest first, in whatever domain. Takes the place of the stored history. Neither `user` nor `history`: a newcomer */
      history?: (
        | string
        | {
            item: string
            domain?: string
          }
      )[]
      /** The value of each item of `history` (a rating, a reward), in the same order. Without it every item counts as liked */
      values?: number[]
      /** Length of the list; shorter where fewer items are left. Not given: 10 */
      k?: number
      /** Items that must not be recommended. Those the model has never seen are listed in `ignored` */
      exclude?: string[]
      /** Leave out the items of the history that is used. Not given: true, unless a placement says what does not come back */
      maskSeen?: boolean
      /** Say how much each other domain counted, for every item and for the list, where the model that answers weighs domains. Not given: false */
      sources?: boolean
      /** Which of the served models answers; the first where it is not given */
      model?: string
      /** Skip a user and items that the model has never seen, and list them in `ignored`, instead of refusing the request. Not given: as the server was started, which by default is to refuse */
      ignoreUnknown?: boolean
      /** The visit that this list is part of; kept in its record. A policy that remembers one episode is told the events of this visit alone */
      session?: string
      /** Keep a record of the list, without which there is no next page of it. Not given: true */
      log?: boolean
      filter?: components['schemas']['Filter']
      /** Say which items of the history each item owes most to, and how much of it to each domain. Asks the model once more for each item of the history. Not given: false */
      explain?: boolean
      /** The place in the product where the list is shown, which says how it is put together. Unknown users and items are then always skipped */
      placement?: string
    }
    /**
     * Which items may appear: a condition on a `field`, which is `item`, `domain`, `title`, `categories`, `hidden`, `availableFrom`, `availableUntil` or a property; or `all`, `any` or `not` of other filters
     * @example {
     *       "all": [
     *         {
     *           "field": "categories",
     *           "has": "fantasy"
     *         },
     *         {
     *           "field": "price",
     *           "lte": 20
     *         }
     *       ]
     *     }
     */
    Filter: {
      all?: components['schemas']['Filter'][]
      any?: components['schemas']['Filter'][]
      not?: components['schemas']['Filter']
      field?: string
      equals?: string | number | boolean
      has?: string | number | boolean
      in?: (string | number | boolean)[]
      lt?: string | number
      lte?: string | number
      gt?: string | number
      gte?: string | number
      exists?: boolean
    }
    RankingRequest: {
      /**
       * The service whose items are recommended
       * @example books
       */
      domain: string
      /** A user of the log. Without `history` the stored history of the user is used, all of it */
      user?: string
      /** What the user did, oldest first, in whatever domain. Takes the place of the stored history. Neither `user` nor `history`: a newcomer */
      history?: (
        | string
        | {
            item: string
            domain?: string
          }
      )[]
      /** The value of each item of `history` (a rating, a reward), in the same order. Without it every item counts as liked */
      values?: number[]
      /** Length of the list. Not given: all candidates */
      k?: number
      /** Items that must not be recommended. Those the model has never seen are listed in `ignored` */
      exclude?: string[]
      /** Leave out the items of the history that is used. Not given: false */
      maskSeen?: boolean
      /** Say how much each other domain counted, for every item and for the list, where the model that answers weighs domains. Not given: false */
      sources?: boolean
      /** Which of the served models answers; the first where it is not given */
      model?: string
      /** Skip a user and items that the model has never seen, and list them in `ignored`, instead of refusing the request. Not given: as the server was started, which by default is to refuse */
      ignoreUnknown?: boolean
      /** The visit that this list is part of; kept in its record. A policy that remembers one episode is told the events of this visit alone */
      session?: string
      /** Keep a record of the list, without which there is no next page of it. Not given: true */
      log?: boolean
      filter?: components['schemas']['Filter']
      /** Say which items of the history each item owes most to, and how much of it to each domain. Asks the model once more for each item of the history. Not given: false */
      explain?: boolean
      /** The items to put in order. Those of other domains, and those the model has never seen, are left out; the latter are listed in `ignored` */
      candidates: string[]
    }
    NextAnswer: {
      /**
       * Of this list; events that it led to name it as `recommendation`
       * @example r_01JDX7M2QW8ZB4T9KCFR3VNH6P
       */
      id: string
      /**
       * The model that answered, with the beginning of the hash of its weights
       * @example sasrec@3f2a91
       */
      model: string
      domain: string
      items: {
        item: string
        /** Of the model, for this list alone; not comparable between lists */
        score: number
        /** 1 is first */
        rank: number
        /** The probability of this item at this rank given those above it; 1 where nothing was drawn */
        propensity: number
        /**
         * Where the item comes from: the model or what answers in its place; `fresh`, newer than the model; `explored`, drawn to learn of it; `pinned`; or `popular`
         * @enum {string}
         */
        source: 'model' | 'fallback' | 'fresh' | 'popular' | 'pinned' | 'explored'
        /**
         * Put in because the list was too short. It was not drawn and, like what is `pinned`, tells nothing of the policy
         * @enum {boolean}
         */
        filled?: true
        /** Of an interleaved list: the arm that picked it */
        team?: string
      }[]
    }
    NextRequest: {
      /** Length of the page; shorter where fewer items are left. Not given: 10 */
      k?: number
      /** The page begins after this rank, so that a page that was lost can be asked for again. Not given: after all that was answered so far */
      after?: number
    }
    RecommendationRecord: {
      /**
       * Of this list; events that it led to name it as `recommendation`
       * @example r_01JDX7M2QW8ZB4T9KCFR3VNH6P
       */
      id: string
      /** Milliseconds since 1970 */
      at: number
      /** Milliseconds from the request to the list */
      took?: number
      user?: string
      session?: string
      domain: string
      placement?: string
      model: string
      /** The hash of the weights */
      weights: string
      policy:
        | {
            /** @enum {string} */
            kind: 'greedy'
          }
        | {
            /** @enum {string} */
            kind: 'plackett-luce'
            temperature: number
            candidates: number
          }
        | {
            /** @enum {string} */
            kind: 'epsilon'
            share: number
            candidates: number
            slots?: number[]
          }
        | {
            /** @enum {string} */
            kind: 'policy'
            /** @enum {string} */
            acting: 'sampled'
          }
      asked: {
        k: number
        maskSeen: boolean
        exclude?: string[]
        candidates?: string[]
        filter?: components['schemas']['Filter']
      }
      /** Of the items that could be drawn, with their scores: equal where there were the same to draw of */
      candidatesHash: string
      /** What could be drawn, where more than the question said so */
      drawnOf?: string[] | 'many'
      /** New items among them, and the items by which they are scored */
      news?: {
        item: string
        like: {
          item: string
          weight: number
        }[]
      }[]
      /** The last event that the stored history has, where it was used and events are stored */
      historySequence?: string
      history?: string[]
      values?: number[]
      experiment?: {
        name: string
        arm: string
        /** @enum {string} */
        mode?: 'interleave' | 'shadow'
        /** @enum {string} */
        unit?: 'session'
        /**
         * A tester, who is not counted
         * @enum {boolean}
         */
        override?: true
        /** By whose settings the list was put together */
        placement?: string
      }
      /** Both models of an interleaved list; propensities are those of the mixture */
      interleaved?: {
        arm: string
        model: string
        weights: string
        policy:
          | {
              /** @enum {string} */
              kind: 'greedy'
            }
          | {
              /** @enum {string} */
              kind: 'plackett-luce'
              temperature: number
              candidates: number
            }
          | {
              /** @enum {string} */
              kind: 'epsilon'
              share: number
              candidates: number
              slots?: number[]
            }
          | {
              /** @enum {string} */
              kind: 'policy'
              /** @enum {string} */
              acting: 'sampled'
            }
        /** Of the items that could be drawn, with their scores: equal where there were the same to draw of */
        candidatesHash: string
      }[]
      /** What other models would have answered */
      shadow?: {
        arm: string
        model: string
        weights: string
        policy:
          | {
              /** @enum {string} */
              kind: 'greedy'
            }
          | {
              /** @enum {string} */
              kind: 'plackett-luce'
              temperature: number
              candidates: number
            }
          | {
              /** @enum {string} */
              kind: 'epsilon'
              share: number
              candidates: number
              slots?: number[]
            }
          | {
              /** @enum {string} */
              kind: 'policy'
              /** @enum {string} */
              acting: 'sampled'
            }
        /** Of the items that could be drawn, with their scores: equal where there were the same to draw of */
        candidatesHash: string
        items: {
          item: string
          /** Of the model, for this list alone; not comparable between lists */
          score: number
          /** 1 is first */
          rank: number
          /** The probability of this item at this rank given those above it; 1 where nothing was drawn */
          propensity: number
          /**
           * Where the item comes from: the model or what answers in its place; `fresh`, newer than the model; `explored`, drawn to learn of it; `pinned`; or `popular`
           * @enum {string}
           */
          source: 'model' | 'fallback' | 'fresh' | 'popular' | 'pinned' | 'explored'
          /**
           * Put in because the list was too short. It was not drawn and, like what is `pinned`, tells nothing of the policy
           * @enum {boolean}
           */
          filled?: true
          /** Of an interleaved list: the arm that picked it */
          team?: string
        }[]
      }[]
      items: {
        item: string
        /** Of the model, for this list alone; not comparable between lists */
        score: number
        /** 1 is first */
        rank: number
        /** The probability of this item at this rank given those above it; 1 where nothing was drawn */
        propensity: number
        /**
         * Where the item comes from: the model or what answers in its place; `fresh`, newer than the model; `explored`, drawn to learn of it; `pinned`; or `popular`
         * @enum {string}
         */
        source: 'model' | 'fallback' | 'fresh' | 'popular' | 'pinned' | 'explored'
        /**
         * Put in because the list was too short. It was not drawn and, like what is `pinned`, tells nothing of the policy
         * @enum {boolean}
         */
        filled?: true
        /** Of an interleaved list: the arm that picked it */
        team?: string
      }[]
      /** When events told that the list was seen, and which of its items; there where events are stored */
      impressions?: {
        at: number
        shown: string[]
      }[]
    }
    Domains: {
      model: string
      domains: {
        name: string
        items: number
        /** The run that answers for this domain in place of the model */
        fallback?: string
        /** The run that answers for users who are new in this domain and known elsewhere */
        newUsers?: string
      }[]
    }
    EventsAnswer: {
      /** Events that are new, and now on disk */
      accepted: number
      /** Events that were there already, word for word */
      duplicates: number
      /** Events whose `source` and `id` another event has already; the first one stays */
      conflicts: number
      /** Accepted events without an `id`: sent again, they count again */
      unprotected: number
      /** What was not taken, and why; of a stream the first 1000 */
      rejected: components['schemas']['Rejected'][]
      /** How many were not taken */
      rejectedCount: number
      /** What was accepted is among the events up to it */
      sequence: string
    }
    Rejected: {
      /** The place in the batch, or of the line in the stream, from 0 */
      index: number
      code: string
      message: string
      field?: string
    }
    EventsRefusal: {
      error: {
        /** Stable; listed in docs/errors.md and docs/serving.md */
        code: string
        message: string
        /**
         * The field of the request at fault
         * @example history[2]
         */
        field?: string
        /** What was probably meant */
        suggestion?: string
      }
      /** Events that are new, and now on disk */
      accepted?: number
      /** Events that were there already, word for word */
      duplicates?: number
      /** Events whose `source` and `id` another event has already; the first one stays */
      conflicts?: number
      /** Accepted events without an `id`: sent again, they count again */
      unprotected?: number
      /** What was not taken, and why; of a stream the first 1000 */
      rejected?: components['schemas']['Rejected'][]
      /** How many were not taken */
      rejectedCount?: number
      /** What was accepted is among the events up to it */
      sequence?: string
    }
    EventsRequest: {
      events: components['schemas']['Event'][]
    }
    StoredEvent: {
      sequence: string
      source: string
      id: string
      type: string
      user: string
      item?: string
      domain?: string
      /** Format: date-time */
      timestamp: string
      /** Format: date-time */
      received: string
      value?: number
      session?: string
      recommendation?: string
      rank?: number
      shown?: string[]
      properties?: {
        [key: string]: unknown
      }
    }
    User: {
      user: string
      properties: {
        [key: string]: unknown
      }
    }
    UserRequest: {
      /** Whatever is known of the user */
      properties: {
        [key: string]: unknown
      }
    }
    ErasedUser: {
      user: string
      /** Whether there was anything */
      erased: boolean
    }
    MergeRequest: {
      into: string
    }
    FoundUsers: {
      users: string[]
    }
    History: {
      user: string
      /**
       * The store, or the log that the model was trained on
       * @enum {string}
       */
      from: 'store' | 'log'
      items: {
        item: string
        domain?: string
        title?: string
        /** Whether the model knows the item; others stand in no history it reads */
        known: boolean
        /** Format: date-time */
        timestamp?: string
        value?: number
        /** Of the event, where events are stored */
        type?: string
      }[]
      /** Whether there was something before */
      more: boolean
    }
    Item: {
      item: string
      domain: string
      hidden: boolean
      /** Format: date-time */
      availableFrom?: string
      /** Format: date-time */
      availableUntil?: string
      categories: string[]
      title?: string
      properties: {
        [key: string]: unknown
      }
    }
    RemovedItem: {
      item: string
    }
    LookUpRequest: {
      items: string[]
      model?: string
    }
    ItemsAnswer: {
      /** Items that are now on disk */
      stored: number
      /** What was not taken, and why; of a stream the first 1000 */
      rejected: components['schemas']['Rejected'][]
      /** How many were not taken */
      rejectedCount: number
    }
    ItemsRefusal: {
      error: {
        /** Stable; listed in docs/errors.md and docs/serving.md */
        code: string
        message: string
        /**
         * The field of the request at fault
         * @example history[2]
         */
        field?: string
        /** What was probably meant */
        suggestion?: string
      }
      /** Items that are now on disk */
      stored?: number
      /** What was not taken, and why; of a stream the first 1000 */
      rejected?: components['schemas']['Rejected'][]
      /** How many were not taken */
      rejectedCount?: number
    }
    ItemsRequest: {
      items: components['schemas']['NamedItem'][]
    }
    Models: {
      models: components['schemas']['ServedModel'][]
      /** Answers requests that name no model; empty where no model is served at all */
      default: string
      /** Whether the server keeps events, users and items */
      store: boolean
    }
    ServedModel: {
      name: string
      /** What it was trained on */
      dataset: string
      /** SHA-256 of the weights */
      weights?: string
      /** When the weights were written, milliseconds since 1970 */
      trainedAt?: number
      /** Since when this server has it, milliseconds since 1970 */
      since: number
      domains: string[]
      /** By which requests may ask for it, too */
      aliases: string[]
    }
    ModelRequest: {
      /** A run below the folder that the server was given by --runs */
      run: string
      /** By which requests ask for it; default the path of the run */
      name?: string
    }
    Alias: {
      alias: string
      model: string
      /** Where rollbacks go, the next one first */
      before: string[]
    }
    AliasRequest: {
      model: string
    }
    NamedPlacement: {
      name: string
      /** The service whose items stand there. Not given: as the request says */
      domain?: string
      /** The model that answers. Not given: as the server answers anyway */
      use?:
        | {
            alias: string
          }
        | {
            model: string
          }
      /** What lists are drawn of: what the model knows, and items that are newer than it. Not given: both */
      candidates?: ('model' | 'fresh')[]
      /** What fills a list that is too short: the model with the alias `fallback`, then what is popular. Not given: both */
      fill?: ('fallback' | 'popular')[]
      filter?: components['schemas']['Filter']
      /** Items that stand first, in this order */
      pin?: string[]
      /** How lists are drawn. Not given: as the model draws, which mostly is the best first */
      explore?:
        | {
            /** @enum {string} */
            kind: 'plackett-luce'
            /** In units of scores: the larger, the more is explored */
            temperature: number
            /** The best so many, of which a list is drawn. Not given: 200 */
            candidates?: number
          }
        | {
            /** @enum {string} */
            kind: 'epsilon'
            /** How often a slot explores */
            share: number
            /** The ranks that may. Not given: all */
            slots?: number[]
            /** The best so many, of which a list is drawn. Not given: 200 */
            candidates?: number
          }
        | null
      /** What does not come back for a time. It stands in the place of `maskSeen`, which is then false where a request does not say it */
      repeat?: {
        /** How long an item stays away: 90m, 12h, 7d, 4w */
        within: string
        /** Of which events */
        types: string[]
      } | null
    }
    Placement: {
      /** The service whose items stand there. Not given: as the request says */
      domain?: string
      /** The model that answers. Not given: as the server answers anyway */
      use?:
        | {
            alias: string
          }
        | {
            model: string
          }
      /** What lists are drawn of: what the model knows, and items that are newer than it. Not given: both */
      candidates?: ('model' | 'fresh')[]
      /** What fills a list that is too short: the model with the alias `fallback`, then what is popular. Not given: both */
      fill?: ('fallback' | 'popular')[]
      filter?: components['schemas']['Filter']
      /** Items that stand first, in this order */
      pin?: string[]
      /** How lists are drawn. Not given: as the model draws, which mostly is the best first */
      explore?:
        | {
            /** @enum {string} */
            kind: 'plackett-luce'
            /** In units of scores: the larger, the more is explored */
            temperature: number
            /** The best so many, of which a list is drawn. Not given: 200 */
            candidates?: number
          }
        | {
            /** @enum {string} */
            kind: 'epsilon'
            /** How often a slot explores */
            share: number
            /** The ranks that may. Not given: all */
            slots?: number[]
            /** The best so many, of which a list is drawn. Not given: 200 */
            candidates?: number
          }
        | null
      /** What does not come back for a time. It stands in the place of `maskSeen`, which is then false where a request does not say it */
      repeat?: {
        /** How long an item stays away: 90m, 12h, 7d, 4w */
        within: string
        /** Of which events */
        types: string[]
      } | null
    }
    NamedExperiment: {
      name: string
      /**
       * Not given: ab
       * @enum {string}
       */
      mode?: 'ab' | 'aa' | 'interleave' | 'shadow'
      /** Where it runs. Not given: wherever lists are asked for */
      placement?: string
      /** Services it runs in. Not given: all */
      domains?: string[]
      /**
       * What is assigned. Not given: user
       * @enum {string}
       */
      unit?: 'user' | 'session'
      /** The first is the control */
      arms: {
        name: string
        /** Its part of the users, beside the weights of the others. Not given: 1 */
        weight?: number
        /** The model that answers. Not given: as the placement says */
        use?:
          | {
              alias: string
            }
          | {
              model: string
            }
        /** The placement by whose settings the lists of the arm are put together. Not given: the one that was asked for */
        placement?: string
      }[]
      /** The part of all users who take part. Not given: 1 */
      coverage?: number
      /** What users are assigned by. Not given: the name of the experiment */
      salt?: string
      /** Experiments of one namespace whose ranges do not overlap never have a user in common */
      namespace?: {
        name: string
        from: number
        to: number
      }
      /** The arms of testers by their names; they are not counted */
      overrides?: {
        [key: string]: string
      }
      /** What decides, all of them together */
      metrics: {
        name: string
        /** What counts: TYPE:WINDOW[:any|count|value], such as purchase:24h */
        reward: string
        /**
         * What it is divided by: users who saw the arm, or lists that they got. Not given: user
         * @enum {string}
         */
        per?: 'user' | 'recommendation'
        /** Not given: false */
        lessIsBetter?: boolean
      }[]
      /** What must not get worse */
      guardrails?: {
        name: string
        /** What counts: TYPE:WINDOW[:any|count|value], such as purchase:24h */
        reward: string
        /**
         * What it is divided by: users who saw the arm, or lists that they got. Not given: user
         * @enum {string}
         */
        per?: 'user' | 'recommendation'
        /** Not given: false */
        lessIsBetter?: boolean
        /** The largest loss that is borne, as a share of the control: 0.02 */
        margin: number
      }[]
      /** Users in each arm that the interval is narrowest for. Not given: 5000 */
      plannedUsers?: number
      /** Before so many whole days nothing is decided. Not given: 7 */
      minimumDays?: number
      /** The difference worth finding, in units of the first metric */
      effect?: number
      /** What was expected of the first metric before the start, by `tributary ope` */
      forecast?: {
        mean: number
        low: number
        high: number
        source: string
      }
      /** @enum {string} */
      status: 'draft' | 'running' | 'stopped'
      /** Milliseconds since 1970 */
      startedAt?: number
      /** Milliseconds since 1970 */
      stoppedAt?: number
      /** Weights in the order of the arms, each from a moment on; who was assigned before keeps his arm */
      weighings: {
        from: number
        coverage: number
        weights: number[]
      }[]
    }
    Experiment: {
      /**
       * Not given: ab
       * @enum {string}
       */
      mode?: 'ab' | 'aa' | 'interleave' | 'shadow'
      /** Where it runs. Not given: wherever lists are asked for */
      placement?: string
      /** Services it runs in. Not given: all */
      domains?: string[]
      /**
       * What is assigned. Not given: user
       * @enum {string}
       */
      unit?: 'user' | 'session'
      /** The first is the control */
      arms: {
        name: string
        /** Its part of the users, beside the weights of the others. Not given: 1 */
        weight?: number
        /** The model that answers. Not given: as the placement says */
        use?:
          | {
              alias: string
            }
          | {
              model: string
            }
        /** The placement by whose settings the lists of the arm are put together. Not given: the one that was asked for */
        placement?: string
      }[]
      /** The part of all users who take part. Not given: 1 */
      coverage?: number
      /** What users are assigned by. Not given: the name of the experiment */
      salt?: string
      /** Experiments of one namespace whose ranges do not overlap never have a user in common */
      namespace?: {
        name: string
        from: number
        to: number
      }
      /** The arms of testers by their names; they are not counted */
      overrides?: {
        [key: string]: string
      }
      /** What decides, all of them together */
      metrics: {
        name: string
        /** What counts: TYPE:WINDOW[:any|count|value], such as purchase:24h */
        reward: string
        /**
         * What it is divided by: users who saw the arm, or lists that they got. Not given: user
         * @enum {string}
         */
        per?: 'user' | 'recommendation'
        /** Not given: false */
        lessIsBetter?: boolean
      }[]
      /** What must not get worse */
      guardrails?: {
        name: string
        /** What counts: TYPE:WINDOW[:any|count|value], such as purchase:24h */
        reward: string
        /**
         * What it is divided by: users who saw the arm, or lists that they got. Not given: user
         * @enum {string}
         */
        per?: 'user' | 'recommendation'
        /** Not given: false */
        lessIsBetter?: boolean
        /** The largest loss that is borne, as a share of the control: 0.02 */
        margin: number
      }[]
      /** Users in each arm that the interval is narrowest for. Not given: 5000 */
      plannedUsers?: number
      /** Before so many whole days nothing is decided. Not given: 7 */
      minimumDays?: number
      /** The difference worth finding, in units of the first metric */
      effect?: number
      /** What was expected of the first metric before the start, by `tributary ope` */
      forecast?: {
        mean: number
        low: number
        high: number
        source: string
      }
    }
    Assignment: {
      experiment: string
      unit: string
      /** Absent for whoever takes no part, and where it does not run */
      arm?: string
      /** It was said for a tester, who is not counted */
      override: boolean
      /** Of the first list, milliseconds since 1970; absent where there was none yet */
      at?: number
      /** Another arm was met, too, as by another name before a merge */
      several: boolean
    }
    Readout: {
      treatment: string
      metrics: {
        [key: string]: {
          overall: components['schemas']['Reading']
          domains: {
            [key: string]: components['schemas']['Reading']
          }
        }
      }
      guardrails: {
        [key: string]: {
          overall: components['schemas']['GuardrailReading']
          domains: {
            [key: string]: components['schemas']['GuardrailReading']
          }
        }
      }
      decision: {
        /** @enum {string} */
        kind: 'ship' | 'roll back' | 'go on' | 'no difference' | 'by service' | 'unsound'
        /** @example ship in music and games, twin in books */
        says: string
        byDomain: {
          [key: string]: 'ship' | 'roll back' | 'go on' | 'no difference'
        }
        reasons: string[]
        days?: number
      }
      experiment: string
      /** @enum {string} */
      mode: 'ab' | 'aa' | 'interleave' | 'shadow'
      /** @enum {string} */
      status: 'draft' | 'running' | 'stopped'
      control: string
      days: number
      sound: {
        [key: string]: components['schemas']['Check']
      }
      users: {
        [key: string]: number
      }
      due: boolean
      /** Of a shadow: how far the lists of an arm, which nobody saw, agree with what was shown */
      agreement?: {
        [key: string]: {
          overall: components['schemas']['Agreement']
          domains: {
            [key: string]: components['schemas']['Agreement']
          }
        }
      }
      others: {
        treatment: string
        metrics: {
          [key: string]: {
            overall: components['schemas']['Reading']
            domains: {
              [key: string]: components['schemas']['Reading']
            }
          }
        }
        guardrails: {
          [key: string]: {
            overall: components['schemas']['GuardrailReading']
            domains: {
              [key: string]: components['schemas']['GuardrailReading']
            }
          }
        }
        decision: {
          /** @enum {string} */
          kind: 'ship' | 'roll back' | 'go on' | 'no difference' | 'by service' | 'unsound'
          /** @example ship in music and games, twin in books */
          says: string
          byDomain: {
            [key: string]: 'ship' | 'roll back' | 'go on' | 'no difference'
          }
          reasons: string[]
          days?: number
        }
      }[]
      forecast?: {
        expected: {
          /** null where there is none */
          mean: number | null
          /** null where there is none */
          low: number | null
          /** null where there is none */
          high: number | null
        }
        found: {
          /** null where there is none */
          mean: number | null
          /** null where there is none */
          low: number | null
          /** null where there is none */
          high: number | null
        }
        source: string
        /** null where there is none */
        apart: number | null
        right: boolean
      }
    }
    Reading: {
      /** null where there is none */
      control: number | null
      /** null where there is none */
      treatment: number | null
      /** 95 %, for one look at the end */
      difference: {
        /** null where there is none */
        mean: number | null
        /** null where there is none */
        low: number | null
        /** null where there is none */
        high: number | null
        /** null where there is none */
        p: number | null
      }
      /** In shares of the control, however often one looks */
      relative: {
        /** null where there is none */
        mean: number | null
        /** null where there is none */
        low: number | null
        /** null where there is none */
        high: number | null
      }
      /** 95 %, however often one looks */
      anytime: {
        /** null where there is none */
        low: number | null
        /** null where there is none */
        high: number | null
        /** null where there is none */
        p: number | null
      }
      users: number
      /** null where there is none */
      error: number | null
      /** null where there is none */
      p: number | null
      /** @enum {string} */
      verdict: 'better' | 'worse' | 'no difference' | 'too few users' | 'not judged'
    }
    GuardrailReading: {
      /** null where there is none */
      control: number | null
      /** null where there is none */
      treatment: number | null
      /** 95 %, for one look at the end */
      difference: {
        /** null where there is none */
        mean: number | null
        /** null where there is none */
        low: number | null
        /** null where there is none */
        high: number | null
        /** null where there is none */
        p: number | null
      }
      /** In shares of the control, however often one looks */
      relative: {
        /** null where there is none */
        mean: number | null
        /** null where there is none */
        low: number | null
        /** null where there is none */
        high: number | null
      }
      /** 95 %, however often one looks */
      anytime: {
        /** null where there is none */
        low: number | null
        /** null where there is none */
        high: number | null
        /** null where there is none */
        p: number | null
      }
      users: number
      /** null where there is none */
      error: number | null
      /** null where there is none */
      p: number | null
      margin: number
      /** @enum {string} */
      verdict: 'holds' | 'broken' | 'not shown' | 'too few users'
    }
    Check: {
      /** @enum {string} */
      status: 'sound' | 'caution' | 'unsound' | 'not judged'
      says: string
    } & {
      [key: string]: unknown
    }
    Agreement: {
      lists: number
      /** null where there is none */
      overlap: number | null
      /** null where there is none */
      first: number | null
      kept: {
        [key: string]: number | null
      }
    }
    Course: {
      experiment: string
      control: string
      moments: {
        /** When it would have been read, milliseconds since 1970 */
        at: number
        /** That were counted by then */
        days: number
        users: {
          [key: string]: number
        }
        /**
         * The worst of all checks
         * @enum {string}
         */
        sound: 'sound' | 'caution' | 'unsound' | 'not judged'
        /** Sample ratio mismatch: p for one look, and however often one looks */
        srm: {
          /** null where there is none */
          p: number | null
          /** null where there is none */
          sequential: number | null
        }
        arms: {
          treatment: string
          decision: {
            /** @enum {string} */
            kind: 'ship' | 'roll back' | 'go on' | 'no difference' | 'by service' | 'unsound'
            says: string
          }
          metrics: {
            [key: string]: {
              overall: {
                /** null where there is none */
                mean: number | null
                /** null where there is none */
                low: number | null
                /** null where there is none */
                high: number | null
                users: number
                /** @enum {string} */
                verdict: 'better' | 'worse' | 'no difference' | 'too few users' | 'not judged'
              }
              domains: {
                [key: string]: {
                  /** null where there is none */
                  mean: number | null
                  /** null where there is none */
                  low: number | null
                  /** null where there is none */
                  high: number | null
                  users: number
                  /** @enum {string} */
                  verdict: 'better' | 'worse' | 'no difference' | 'too few users' | 'not judged'
                }
              }
            }
          }
        }[]
      }[]
    }
    Training: {
      /** Of the model that was trained */
      name: string
      /** running, promoted, waits, kept (the old model stays) or failed */
      status: string
      reason?: string
      /** Milliseconds since 1970 */
      started: number
      ended?: number
      /** The last event that it learned from */
      sequence: string
      verdict?: components['schemas']['GateVerdict']
    }
    /** Of the gate, beside what answered then */
    GateVerdict: {
      passed: boolean
      /**
       * Nothing could be said, so that somebody has to decide
       * @enum {boolean}
       */
      asks?: true
      reason: string
      metric: string
      /** The new model less the old one, with the 95 % interval */
      difference?: {
        mean: number
        low: number
        high: number
      }
      /** By service: what is said of it */
      domains: {
        [key: string]: string
      }
      cases: number
    }
    SpecSummary: {
      name: string
      /**
       * What it predicts
       * @enum {string}
       */
      task: 'ranking' | 'ctr' | 'rating' | 'policy'
      summary: string
      paper?: {
        title: string
        year: number
        venue: string
      }
      /** The file that brought it, of one that is not of Tributary */
      plugin?: string
    }
    Spec: components['schemas']['SpecSummary'] & {
      options: components['schemas']['SpecOption'][]
    }
    SpecOption: {
      name: string
      /** integer, number, boolean, choice, text, list, object or null; with or between where it may be several */
      type: string
      default?: unknown
      description: string
      /**
       * What may be given, in words
       * @example an integer of at least 1
       */
      range: string
      /** All that may be given, where that can be listed */
      choices?: unknown[]
      /** Between what a number must lie, where nothing but one number may be given (or none) */
      bounds?: {
        atLeast?: number
        above?: number
        atMost?: number
        below?: number
      }
      /**
       * What its value names on the disk
       * @enum {string}
       */
      reads?: 'run' | 'folder' | 'file'
    }
    DatasetFolder: {
      /** Its path below the folders, by which a training asks for it */
      dataset: string
      /** As a command on that machine would name it */
      path: string
      name: string
      hash?: string
      interactions?: number
      users?: number
      items?: number
      domains: {
        name: string
        items: number
        interactions: number
      }[]
      /** What is known of each row */
      columns: string[]
      /** Whether it knows what users like, so that policies can be simulated */
      truth: boolean
    }
    BegunTraining: {
      /** The path of the run below the folders */
      run: string
      /** As a command on that machine would name it */
      path: string
      model: string
      dataset: string
      seed: number
      /** It goes on with a run that was there */
      resumes: boolean
      /** @enum {string} */
      status: 'waiting' | 'training' | 'stopping' | 'done' | 'stopped' | 'failed'
      /** Why it failed */
      reason?: string
      /** Milliseconds since 1970 */
      asked: number
      began?: number
      ended?: number
    }
    TrainRequest: {
      model: string
      /** @example shop */
      dataset: string
      split?: string
      /** A training each, one after the other. Not given: 1 */
      seeds?: number[]
      /**
       * Options of the model, as JSON or as --set has them
       * @example {
       *       "epochs": 50
       *     }
       */
      set?: {
        [key: string]: unknown
      }
      /** The path of the new run; with several seeds, of the folder that they share. Not given: the model's name */
      name?: string
      /** The run whose weights it begins with */
      warmStart?: string
      /** Lets a policy act in the truth of the dataset after every so many epochs */
      simulateEvery?: number
    }
    ResumeRequest: {
      /**
       * Options of the model, as JSON or as --set has them
       * @example {
       *       "epochs": 50
       *     }
       */
      set?: {
        [key: string]: unknown
      }
    }
    BegunTrainingTold: components['schemas']['BegunTraining'] & {
      lines: string[]
    }
    EvaluationSummary: {
      name: string
      /** @enum {string} */
      status: 'running' | 'done' | 'failed'
      /** Milliseconds since 1970 */
      started: number
      ended?: number
      /** As it was sent */
      asked: {
        [key: string]: unknown
      }
      /** Why it failed, or why the lists do not say it */
      reason?: string
    }
    NamedEvaluation: {
      name: string
      /** @enum {string} */
      status: 'running' | 'done' | 'failed'
      /** Milliseconds since 1970 */
      started: number
      ended?: number
      /** As it was sent */
      asked: {
        [key: string]: unknown
      }
      /** Why it failed, or why the lists do not say it */
      reason?: string
      /** As `tributary ope --json` prints it */
      evaluation?: {
        [key: string]: unknown
      }
    }
    Evaluation: {
      /** What else could have answered */
      policies: {
        model: string
        /** How it draws, 0 is the best first. Not given: as the list was drawn that was answered */
        temperature?: number
      }[]
      /** What counts: TYPE:WINDOW[:any|count|value], such as purchase:24h */
      reward: string
      /** Lists from this time on */
      since?: string | number
      /** Lists before this time */
      until?: string | number
      /** Lists of this place alone */
      placement?: string
      /**
       * What answers are split by. Not given: domain
       * @enum {string}
       */
      per?: 'domain' | 'placement'
      /**
       * What is judged as a whole. Not given: lists where any has several places, else items
       * @enum {string}
       */
      level?: 'item' | 'ranking' | 'episode'
    }
    TransferSummary: {
      /** That of the run in its folder */
      id: string
      /** Of its folder, as a command would name it */
      path: string
      /** When it was written, milliseconds since 1970 */
      made: number
      dataset: {
        name: string
        hash: string
      }
      split: string
      metric: string
      lessIsBetter: boolean
      model: string
      twin: string
      seeds: number[]
      verdicts: {
        domain: string
        verdict: components['schemas']['Finding']
      }[]
      /** The model of this server that has the weights which the report is about */
      served?: {
        model: string
        aliases: string[]
        isDefault: boolean
      }
    }
    /** @enum {string} */
    Finding: 'helped' | 'harmed' | 'no difference' | 'no cases' | 'too few users' | 'under-trained' | 'not judged'
    TransferReport: components['schemas']['TransferSummary'] & {
      described: string
      leastUsers: number
      sides: {
        model: {
          name: string
          runs: {
            folder: string
            seed: number
            weights: string
          }[]
          underTrained?: {
            domains: string[]
            epochs: number
            patience: number
          }
        }
        twin: {
          name: string
          runs: {
            folder: string
            seed: number
            weights: string
          }[]
          underTrained?: {
            domains: string[]
            epochs: number
            patience: number
          }
        }
      }
      services: components['schemas']['Service'][]
      overall: components['schemas']['ServiceJudgment'] & {
        advice: string
      }
      validation: {
        described: string
        overall: components['schemas']['ServiceJudgment']
      }
      cautions: string[]
      /** What the model logged of itself while it trained */
      training?: {
        bestEpoch: number
        epochs: number[]
        lambda: {
          name: string
          values: (number | null)[]
        }[]
        gap: {
          name: string
          values: (number | null)[]
        }[]
        gates: {
          name: string
          values: number[]
        }[]
      }
      /** Of this model on data of this name, the first one first */
      history: {
        /** Of the report; absent where the training has none */
        id?: string
        /** Milliseconds since 1970 */
        at: number
        isShown: boolean
        isSameData: boolean
        metric: string
        training?: {
          name: string
          status: string
          started: number
          ended?: number
          reason?: string
          run?: string
          gate?: {
            passed: boolean
            metric: string
            cases: number
            difference?: {
              mean: number
              low: number
              high: number
            }
            domains: {
              domain: string
              verdict: string
            }[]
          }
        }
        services: {
          domain: string
          cases: number
          users: number
          verdict: components['schemas']['Finding']
          validation: components['schemas']['Finding']
          mean: number | null
          low: number | null
          high: number | null
          toTwin: boolean
        }[]
      }[]
    }
    Service: components['schemas']['ServiceJudgment'] & {
      domain: string
      advice: string
      validation: components['schemas']['ServiceJudgment']
      /**
       * Who would answer with --fallback auto
       * @enum {string}
       */
      fallback: 'model' | 'twin'
      /** Who answers now; absent where the model is not served here */
      answers?: {
        /** @enum {string} */
        by: 'model' | 'twin' | 'other'
        name: string
        /** SHA-256 */
        weights?: string
        /** Since when this server has it */
        since?: number
      }
    }
    ServiceJudgment: {
      cases: number
      users: number
      model: {
        [key: string]: {
          mean: number | null
          low: number | null
          high: number | null
          std: number | null
        }
      }
      twin: {
        [key: string]: {
          mean: number | null
          low: number | null
          high: number | null
          std: number | null
        }
      }
      difference: {
        [key: string]: {
          mean: number | null
          low: number | null
          high: number | null
          p: number | null
          verdict: components['schemas']['Finding']
          tests?: {
            t: number | null
            wilcoxon: number | null
          }
        }
      }
      verdict: components['schemas']['Finding']
    }
    FallbackDryRun: {
      metric: string
      /** The services that the twin answers now */
      now: string[]
      rules: {
        /** @enum {string} */
        rule: 'none' | 'harmed' | 'behind' | 'all' | 'chosen'
        /** Those that it would answer */
        domains: string[]
        shown: {
          part: string
          now: number | null
          would: number | null
          change: {
            mean: number | null
            low: number | null
            high: number | null
          }
          cases: {
            moved: number
            of: number
          }
          services: {
            domain: string
            /** @enum {string} */
            from: 'model' | 'twin'
            /** @enum {string} */
            to: 'model' | 'twin'
            cases: number
            users: number
            mean: number | null
            low: number | null
            high: number | null
          }[]
        }
        /** By the cases that the choice is made on, which flatter it */
        validation: {
          part: string
          now: number | null
          would: number | null
          change: {
            mean: number | null
            low: number | null
            high: number | null
          }
          cases: {
            moved: number
            of: number
          }
          services: {
            domain: string
            /** @enum {string} */
            from: 'model' | 'twin'
            /** @enum {string} */
            to: 'model' | 'twin'
            cases: number
            users: number
            mean: number | null
            low: number | null
            high: number | null
          }[]
        }
        /** Of all lists that this server made in the last minutes, those of services that change */
        requests?: {
          moved: number
          of: number
          minutes: number
        }
      }[]
    }
    Exchange: {
      model: string
      /** Users who were drawn */
      asked: number
      /** Users with events in several services */
      of: number
      /** Length of the lists */
      k: number
      domains: {
        domain: string
        /** Whose lists owe anything to their history */
        users: number
        /** Whose lists do not */
        silent: number
        owed: {
          domain: string
          mean: number | null
          low: number | null
          high: number | null
          /** What would be owed if every event counted alike */
          ofEvents: number | null
        }[]
      }[]
    }
    RunSummary: {
      /** The path of its folder below the folder that was given */
      id: string
      /** Of its folder, as a command would name it */
      path: string
      /**
       * stopped: begun, and nobody trains it now; damaged: it cannot be read, the rest is absent
       * @enum {string}
       */
      status: 'training' | 'done' | 'stopped' | 'damaged'
      /** Why it ended, or what is damaged */
      reason?: string
      /** Milliseconds since 1970 */
      changed: number
      model?: string
      /** @enum {string} */
      task?: 'ranking' | 'ctr' | 'rating' | 'policy'
      dataset?: {
        name: string
        hash: string
      }
      split?: string
      seed?: number
      /** Those that were set */
      options?: {
        [key: string]: unknown
      }
      /** The same for runs that differ in nothing but their seed */
      group?: string
      /** How many are done (of all domains together, where these are trained one after the other), how many are allowed (then of each domain), and which has the weights */
      epochs?: {
        done: number
        of?: number
        best?: number
      }
      /** What the weights are chosen by, on the validation part, at the best epoch */
      yardstick?: {
        metric: string
        value?: number
        lessIsBetter: boolean
      }
      /** All that was measured at the best epoch, `cases` of them; trained domain by domain, means weighted by cases */
      validation?: {
        [key: string]: number
      }
      /** In how many domains it was trained one after the other */
      domains?: number
      /** Spent in epochs */
      seconds?: number
      /** Of the last epochs, while it is trained */
      epochsPerMinute?: number
      /** From `changed` to the last epoch that is allowed; it may stop before */
      secondsLeft?: number
      /** SHA-256 of the weights file */
      weights?: string
      cautions?: string[]
    }
    Run: {
      summary: components['schemas']['RunSummary']
      /** As manifest.json has it; absent where it is damaged */
      manifest?: {
        [key: string]: unknown
      }
      files: string[]
      /** The curves that it has, for GET /v1/series */
      columns: string[]
      /** Of its curves: what is left out */
      cautions: string[]
    }
    Curve: {
      run: string
      /** Where domains were trained one after the other */
      domain?: string
      metric: string
      epochs: number[]
      /** Of training until the end of each epoch */
      seconds: number[]
      values: number[]
      /** How many epochs there are; of these, some are left out where they are many */
      of: number
      /** The epoch whose weights were kept */
      best?: number
    }
    WrittenComparison: {
      /** The path of its folder below the folder that was given */
      id: string
      path: string
      /** Milliseconds since 1970 */
      changed: number
      dataset: string
      measure: string
      /** What its verdicts are about */
      metric: string
      /** The protocol as a sentence */
      described: string
      models: {
        name: string
        seeds: number[]
      }[]
      against: string
      /** Who have cases */
      allUsers: number
    }
    AskedComparison: {
      /** The same for the same weights under the same protocol */
      id: string
      runs: string[]
      /** The words of `tributary` that say the same */
      command: string[]
      /** @enum {string} */
      status: 'waiting' | 'running' | 'done' | 'failed'
      /** Why it failed */
      reason?: string
    }
    Comparison: {
      /** The same for the same weights under the same protocol */
      id: string
      /** @enum {string} */
      status: 'waiting' | 'running' | 'done' | 'failed'
      /** Why it failed */
      reason?: string
      /** The words of `tributary` that say the same */
      command?: string[]
      /** As `tributary compare --json` printed it, once it is done */
      results?: {
        [key: string]: unknown
      }
    }
    ComparisonRequest: {
      /** Ids. All are held against the first; those equal but for their seed are one model */
      runs: string[]
      /**
       * Default test
       * @enum {string}
       */
      part?: 'test' | 'valid'
      /** full, all or sampled:N. Default full */
      candidates?: string
      /** Beside those that are always measured */
      metrics?: string[]
    }
    Traffic: {
      /** Milliseconds since 1970 */
      at: number
      /** When this server began to count */
      since: number
      /** As asked for */
      minutes: number
      /** That were counted: fewer where the server is younger */
      seconds: number
      /** Milliseconds; the last step is not over yet */
      step: number
      series: {
        /** When each step begins */
        times: number[]
        /** By step */
        requests: number[]
        /** By step */
        refused: number[]
        /** By step */
        failed: number[]
        /** By step */
        hungUp: number[]
        latency: components['schemas']['Quantiles'][]
        lists: {
          [key: string]: number[]
        }
        events: {
          [key: string]: number[]
        }
      }
      /** For lists, and those that told of events */
      requests: number
      refused: components['schemas']['Rate']
      failed: components['schemas']['Rate'] & unknown
      hungUp: components['schemas']['Rate'] & unknown
      latency: components['schemas']['Quantiles'] & unknown
      lag: components['schemas']['Quantiles'] & unknown
      services: {
        [key: string]: components['schemas']['ServiceTraffic']
      }
      /** Lists of each model since the server began to count */
      models: {
        [key: string]: {
          lists: number
        }
      }
      /** Of the models, since the server began; the last one first */
      changes: {
        /** Milliseconds since 1970 */
        at: number
        /** @enum {string} */
        what: 'added' | 'removed' | 'switched'
        model: string
        alias?: string
        /** For which the alias stood before */
        before?: string
      }[]
      /** What this server has, or lets change: a store, which models are served, trainings and evaluations beside it */
      offers: ('store' | 'models' | 'trainings' | 'evaluations')[]
      store?: {
        /** Records of lists that are not on disk yet */
        waiting: number
        /** Records that were given up since the start */
        lost: number
      }
    }
    Quantiles: {
      n: number
      p50: number | null
      p95: number | null
      p99: number | null
    }
    /** Requests answered 4xx */
    Rate: {
      count: number
      of: number
      /** null of none */
      share: number | null
    }
    ServiceTraffic: {
      /** In the window */
      lists: number
      listsPerSecond: number
      /** In the window */
      events: number
      eventsPerSecond: number
      short: components['schemas']['Rate'] & unknown
      fallback: components['schemas']['Rate'] & unknown
      newUsers: components['schemas']['Rate'] & unknown
      strangers: components['schemas']['Rate'] & unknown
      failures: components['schemas']['Rate'] & unknown
      filled: components['schemas']['Rate'] & unknown
      /** By model: items that were in a list, of those that may be recommended now; to the minute */
      coverage: {
        [key: string]: components['schemas']['Rate']
      }
    }
  }
  responses: never
  parameters: never
  requestBodies: never
  headers: never
  pathItems: never
}
export type $defs = Record<string, never>
export interface operations {
  recommend: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['RecommendationRequest']
      }
    }
    responses: {
      /** The list, first place first */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RecommendationAnswer']
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is larger than 1000000 bytes */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is not declared as JSON */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The domain, the model, the user or an item is unknown */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many large bodies of this client were refused */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  rank: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['RankingRequest']
      }
    }
    responses: {
      /** The items, first place first */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RecommendationAnswer']
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is larger than 1000000 bytes */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is not declared as JSON */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The domain, the model, the user or an item is unknown */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many large bodies of this client were refused */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  recommendNext: {
    parameters: {
      query?: never
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['NextRequest']
      }
    }
    responses: {
      /** The items that follow */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['NextAnswer']
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no record of this list */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The model that made the list is no longer served */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is larger than 1000000 bytes */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is not declared as JSON */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many large bodies of this client were refused */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  readRecommendation: {
    parameters: {
      query?: never
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The record */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RecommendationRecord']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no record of this list */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  listDomains: {
    parameters: {
      query?: {
        model?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The domains */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Domains']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The model is unknown */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  readEvents: {
    parameters: {
      query?: {
        user?: string
        /** Events that happened then or later */
        since?: string
        /** Events that happened earlier */
        until?: string
        /** Rows of a page. Not given: 100 */
        limit?: number
        /** `next` of the page before */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** A page of events */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['StoredEvent'][]
            /** Send it as `cursor` for the next page; absent after the last */
            next?: string
          }
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  sendEvents: {
    parameters: {
      query?: {
        /** Take all of the batch or nothing. Not given: what is right is taken */
        atomic?: 'true' | 'false'
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['EventsRequest']
        'application/x-ndjson': string
      }
    }
    responses: {
      /** What became of the events */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['EventsAnswer']
          'application/x-ndjson': string
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is larger than 1000000 bytes */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is not declared as JSON */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Nothing was taken */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['EventsRefusal']
        }
      }
      /** Too many large bodies of this client were refused */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  readUser: {
    parameters: {
      query?: never
      header?: never
      path: {
        user: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The user */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['User']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such thing, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  putUser: {
    parameters: {
      query?: never
      header?: never
      path: {
        user: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['UserRequest']
      }
    }
    responses: {
      /** The user */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['User']
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such thing, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is larger than 1000000 bytes */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is not declared as JSON */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many large bodies of this client were refused */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  eraseUser: {
    parameters: {
      query?: never
      header?: never
      path: {
        user: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** Nothing of the user is kept any more */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ErasedUser']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such thing, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  patchUser: {
    parameters: {
      query?: never
      header?: never
      path: {
        user: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['UserRequest']
      }
    }
    responses: {
      /** The user */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['User']
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such thing, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is larger than 1000000 bytes */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is not declared as JSON */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many large bodies of this client were refused */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  mergeUsers: {
    parameters: {
      query?: never
      header?: never
      path: {
        user: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['MergeRequest']
      }
    }
    responses: {
      /** The user who stays */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['User']
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such thing, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is larger than 1000000 bytes */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is not declared as JSON */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many large bodies of this client were refused */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  searchUsers: {
    parameters: {
      query?: {
        /** Those whose name has all of its words, whatever their case; the best are first. Of a large store the first 20,000 names are looked at */
        search?: string
        /** Rows of a page. Not given: 100 */
        limit?: number
        /** Whose log has them, where there is no store; the first where it is not given */
        model?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** Their names */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['FoundUsers']
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The model is unknown */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  readHistory: {
    parameters: {
      query?: {
        /** Rows of a page. Not given: 100 */
        limit?: number
        /** Whose log has them, where there is no store; the first where it is not given */
        model?: string
      }
      header?: never
      path: {
        user: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The last that the user did */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['History']
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such user */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The model is unknown */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  readItem: {
    parameters: {
      query?: never
      header?: never
      path: {
        item: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The item */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Item']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such thing, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  putItem: {
    parameters: {
      query?: never
      header?: never
      path: {
        item: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** Not needed where the item is known; an item of a served model is in the domain that the model knows it in */
          domain?: string
          /** Never recommended while it is true. Not given: false */
          hidden?: boolean
          /** Recommended from then on */
          availableFrom?: string | number
          /** Recommended before then */
          availableUntil?: string | number
          categories?: string[]
          title?: string
          properties?: {
            [key: string]: unknown
          }
        }
      }
    }
    responses: {
      /** The item */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Item']
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such thing, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is larger than 1000000 bytes */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is not declared as JSON */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many large bodies of this client were refused */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  removeItem: {
    parameters: {
      query?: never
      header?: never
      path: {
        item: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** It is gone */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RemovedItem']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such thing, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  patchItem: {
    parameters: {
      query?: never
      header?: never
      path: {
        item: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** Not needed where the item is known; an item of a served model is in the domain that the model knows it in */
          domain?: string
          /** Never recommended while it is true. Not given: false */
          hidden?: boolean
          availableFrom?: string | number | null
          availableUntil?: string | number | null
          categories?: string[]
          title?: string | null
          properties?: {
            [key: string]: unknown
          }
        }
      }
    }
    responses: {
      /** The item */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Item']
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such thing, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is larger than 1000000 bytes */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is not declared as JSON */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many large bodies of this client were refused */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  lookUpItems: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['LookUpRequest']
      }
    }
    responses: {
      /** Those that are known, in the order asked for */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['Item'][]
          }
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is larger than 1000000 bytes */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is not declared as JSON */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The model is unknown */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many large bodies of this client were refused */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  listItems: {
    parameters: {
      query?: {
        /** Those whose name or title has all of its words, whatever their case; the best are first. An answer has no next page then, and items that only the model knows, too */
        search?: string
        /** Whose items are searched beside those of the store; the first where it is not given */
        model?: string
        domain?: string
        /** A filter as JSON, as recommendations take it. A page may then have few items and yet a next one */
        filter?: string
        /** Rows of a page. Not given: 100 */
        limit?: number
        /** `next` of the page before */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** A page of items */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['Item'][]
            /** Send it as `cursor` for the next page; absent after the last */
            next?: string
          }
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such thing, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The model is unknown */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  putItems: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['ItemsRequest']
        'application/x-ndjson': string
      }
    }
    responses: {
      /** What became of the items */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ItemsAnswer']
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such thing, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is larger than 1000000 bytes */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is not declared as JSON */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Nothing was taken */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ItemsRefusal']
        }
      }
      /** Too many large bodies of this client were refused */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  readExport: {
    parameters: {
      query?: {
        /** A line of JSON a row, or Parquet. Not given: ndjson */
        format?: 'ndjson' | 'parquet'
        /** What happened then or later; not of items, which have no time */
        since?: string
        /** What happened earlier */
        until?: string
      }
      header?: never
      path: {
        what: 'events' | 'recommendations' | 'items'
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The rows */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/x-ndjson': string
          'application/vnd.apache.parquet': string
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such thing, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  listModels: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The models */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Models']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  addModel: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['ModelRequest']
      }
    }
    responses: {
      /** It is served; no alias stands for it yet */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ServedModel']
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such thing, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is larger than 1000000 bytes */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is not declared as JSON */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such run, or it cannot be served */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many large bodies of this client were refused */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  removeModel: {
    parameters: {
      query?: never
      header?: never
      path: {
        model: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** It is not served any more */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** An alias stands for it, or the server was started with it */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such thing, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The model is unknown */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  switchAlias: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** champion answers requests that name no model */
        alias: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['AliasRequest']
      }
    }
    responses: {
      /** Requests from now on get the model */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Alias']
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such thing, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is larger than 1000000 bytes */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is not declared as JSON */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The model is unknown */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many large bodies of this client were refused */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  rollBackAlias: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** champion answers requests that name no model */
        alias: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** Requests from now on get the model before */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Alias']
        }
      }
      /** There is no model before */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such thing, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The alias is unknown */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  listPlacements: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** All of them */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            placements: components['schemas']['NamedPlacement'][]
          }
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  readPlacement: {
    parameters: {
      query?: never
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The placement, with all that was not said */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['NamedPlacement']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such placement, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  putPlacement: {
    parameters: {
      query?: never
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['Placement']
      }
    }
    responses: {
      /** The placement; this server answers by it, others within a second */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['NamedPlacement']
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is larger than 1000000 bytes */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is not declared as JSON */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The model is unknown */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many large bodies of this client were refused */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  deletePlacement: {
    parameters: {
      query?: never
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** It is gone */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such placement, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  listExperiments: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** All of them */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            experiments: components['schemas']['NamedExperiment'][]
          }
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such thing, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  readExperiment: {
    parameters: {
      query?: never
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The experiment */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['NamedExperiment']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such experiment, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  putExperiment: {
    parameters: {
      query?: never
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['Experiment']
      }
    }
    responses: {
      /** The experiment */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['NamedExperiment']
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such thing, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** It runs, or ran, so that this cannot be any more; or another one runs in the same place */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is larger than 1000000 bytes */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is not declared as JSON */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A model, a placement or an arm is unknown */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many large bodies of this client were refused */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  deleteExperiment: {
    parameters: {
      query?: never
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** It is gone */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such experiment, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** It runs, or ran, so that this cannot be any more; or another one runs in the same place */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  startExperiment: {
    parameters: {
      query?: never
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** It runs */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['NamedExperiment']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such experiment, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** It runs, or ran, so that this cannot be any more; or another one runs in the same place */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  readAssignment: {
    parameters: {
      query?: never
      header?: never
      path: {
        name: string
        user: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The arm */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Assignment']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such experiment, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  stopExperiment: {
    parameters: {
      query?: never
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** It has ended */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['NamedExperiment']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such experiment, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** It runs, or ran, so that this cannot be any more; or another one runs in the same place */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  readExperimentOut: {
    parameters: {
      query?: never
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The readout, of lists whose rewards can no longer come */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Readout']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such experiment, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** It was not started */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  readExperimentCourse: {
    parameters: {
      query?: {
        /** How many moments. Not given: 24 */
        points?: number
      }
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The oldest moment first; intervals are 95 %, however often one looks */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Course']
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such experiment, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** It was not started, or nobody saw its lists */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  listTrainings: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The last one first */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            trainings: components['schemas']['Training'][]
          }
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  startTraining: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** It has begun; the list of trainings will name it */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @enum {string} */
            status: 'started'
          }
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server was started without --retrain */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** This server is training already */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  getTraining: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** The name of a training */
        training: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The training */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Training']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such training, no store, or nothing is trained beside this server */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  stopTraining: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** The name of a training */
        training: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** It will say that it has failed */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @enum {string} */
            status: 'stopping'
          }
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such training, no store, or nothing is trained beside this server */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** It has ended already, or another server trains it */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  listSpecs: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** By what they predict, the oldest first */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            models: components['schemas']['SpecSummary'][]
            splits: string[]
          }
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  getSpec: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** The name of a model */
        model: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The model */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Spec']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The model is unknown */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  listDatasets: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** By name */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            datasets: components['schemas']['DatasetFolder'][]
            /** Absent where nothing new is trained */
            into?: string
          }
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  listRuns: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** All of them, whatever was changed last first */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            folders: string[]
            runs: components['schemas']['RunSummary'][]
            /** Folders that cannot be looked into */
            problems: {
              path: string
              reason: string
            }[]
          }
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server looks at no folders */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  train: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['TrainRequest']
      }
    }
    responses: {
      /** The first has begun, or all of them wait */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            trainings: components['schemas']['BegunTraining'][]
          }
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Nothing is trained beside this server, or there is no such training */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is larger than 1000000 bytes */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is not declared as JSON */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such model, dataset, split or run */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many large bodies of this client were refused */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  getRun: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** The id of a run */
        run: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The run */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Run']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such run, or the server looks at no folders */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  stopRun: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** The path of a run below the folders */
        run: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** It is ending, or has been taken away */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['BegunTraining']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Nothing is trained beside this server, or there is no such training */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** It has ended already */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  resumeRun: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** The path of a run below the folders */
        run: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['ResumeRequest']
      }
    }
    responses: {
      /** It has begun, or waits */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['BegunTraining']
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Nothing is trained beside this server, or there is no such training */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is larger than 1000000 bytes */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is not declared as JSON */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such run, or it cannot be gone on with */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many large bodies of this client were refused */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  listBegun: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The last one that was asked for first */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            trainings: components['schemas']['BegunTraining'][]
          }
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  getBegun: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** The path of a run below the folders */
        run: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The training, with its last lines */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['BegunTrainingTold']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Nothing is trained beside this server, or there is no such training */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  listEvaluations: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The last one first */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            evaluations: components['schemas']['EvaluationSummary'][]
          }
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such thing, or the server has no store */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  startEvaluation: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['Evaluation']
      }
    }
    responses: {
      /** It has begun */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            name: string
            /** @enum {string} */
            status: 'started'
          }
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server has no store, or evaluates nothing */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** An evaluation is on already */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is larger than 1000000 bytes */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is not declared as JSON */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A model is unknown */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many large bodies of this client were refused */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  getEvaluation: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** The name of an evaluation */
        evaluation: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The evaluation */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['NamedEvaluation']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such evaluation, no store, or nothing is evaluated beside this server */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  stopEvaluation: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** The name of an evaluation */
        evaluation: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** It will say that it has failed */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @enum {string} */
            status: 'stopping'
          }
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such evaluation, no store, or nothing is evaluated beside this server */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** It has ended already, or another server is at it */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  listTransferReports: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The last one first */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            reports: components['schemas']['TransferSummary'][]
            damaged: {
              id: string
              reason: string
            }[]
            /** Models of several services that are served, and that no report is about */
            unreported: {
              model: string
              domains: string[]
            }[]
          }
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  getTransferReport: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** The id of a report */
        report: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** Figures are those of transfer.json */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['TransferReport']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such report */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  tryFallback: {
    parameters: {
      query?: {
        /** A service that the twin would answer, beside the rules; repeatable */
        twin?: string | string[]
      }
      header?: never
      path: {
        /** The id of a report */
        report: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** Each rule */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['FallbackDryRun']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such report */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such service */
      422: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  measureExchange: {
    parameters: {
      query?: {
        /** Users to draw; more take longer and narrow the intervals */
        users?: number
      }
      header?: never
      path: {
        /** The id of a report */
        report: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** As it answers now */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Exchange']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such report */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The model is not served here */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  getSeries: {
    parameters: {
      query: {
        /** Ids of runs, 200 at most */
        run: string[]
        /** Such as losses/loss or validation/ndcg@10. Not given: the loss and what weights are chosen by */
        metric?: string[]
        /** At most so many of a curve; its extremes are among them */
        points?: number
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The curves, in the order of the runs and then of the metrics */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            series: components['schemas']['Curve'][]
            /** All that these runs have */
            metrics: string[]
            /** Runs that cannot be read, and what is left out of others */
            missing: {
              run: string
              reason: string
            }[]
          }
        }
      }
      /** Too many runs or metrics, or too few points */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server looks at no folders */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  listComparisons: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The last ones first */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            written: components['schemas']['WrittenComparison'][]
            asked: components['schemas']['AskedComparison'][]
          }
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server looks at no folders */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  startComparison: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['ComparisonRequest']
      }
    }
    responses: {
      /** It waits, is on, or was done before */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['AskedComparison']
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such run, or the server compares nothing */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A run is not finished */
      409: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is larger than 1000000 bytes */
      413: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The body is not declared as JSON */
      415: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many large bodies of this client were refused */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** Too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  getComparison: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** The id of a comparison */
        comparison: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** The comparison */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Comparison']
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such comparison */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  stopComparison: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** The id of a comparison */
        comparison: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** It will say that it was stopped */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @enum {string} */
            status: 'stopping'
          }
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** There is no such comparison on */
      404: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  listenToServer: {
    parameters: {
      query?: {
        /** What is listened to, with commas between. Not given: everything */
        of?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** Server-sent events, each of the type that it was asked for, with JSON as its data */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'text/event-stream': string
        }
      }
      /** The request is not valid */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  readTraffic: {
    parameters: {
      query?: {
        /** The window, by the second up to 5 minutes, else by the minute. Not given: 60, or 5 while the server is younger than 10 */
        minutes?: number
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** What was counted */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Traffic']
        }
      }
      /** The body is not a valid request */
      400: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** A key is needed, and there was none that counts */
      401: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key may not do this */
      403: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The key asks faster than it may */
      429: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The server failed; its log has the reason */
      500: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
      /** The store failed, or too many requests are waiting */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Failure']
        }
      }
    }
  }
  checkHealth: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** Always */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            status: string
          }
        }
      }
    }
  }
  checkReadiness: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** Send requests */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @enum {string} */
            status: 'starting' | 'ready' | 'failed'
            models: string[]
          }
        }
      }
      /** Do not send requests yet */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @enum {string} */
            status: 'starting' | 'ready' | 'failed'
            models: string[]
          }
        }
      }
    }
  }
  readMetrics: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** Text in the format of Prometheus */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'text/plain': string
        }
      }
    }
  }
}

/** Method and path of each operation. */
export const OPERATIONS = {
  addModel: ['POST', '/v1/models'],
  checkHealth: ['GET', '/health'],
  checkReadiness: ['GET', '/ready'],
  deleteExperiment: ['DELETE', '/v1/experiments/{name}'],
  deletePlacement: ['DELETE', '/v1/placements/{name}'],
  eraseUser: ['DELETE', '/v1/users/{user}'],
  getBegun: ['GET', '/v1/jobs/{run}'],
  getComparison: ['GET', '/v1/comparisons/{comparison}'],
  getEvaluation: ['GET', '/v1/evaluations/{evaluation}'],
  getRun: ['GET', '/v1/runs/{run}'],
  getSeries: ['GET', '/v1/series'],
  getSpec: ['GET', '/v1/specs/{model}'],
  getTraining: ['GET', '/v1/trainings/{training}'],
  getTransferReport: ['GET', '/v1/services/{report}'],
  listBegun: ['GET', '/v1/jobs'],
  listComparisons: ['GET', '/v1/comparisons'],
  listDatasets: ['GET', '/v1/datasets'],
  listDomains: ['GET', '/v1/domains'],
  listEvaluations: ['GET', '/v1/evaluations'],
  listExperiments: ['GET', '/v1/experiments'],
  listItems: ['GET', '/v1/items'],
  listModels: ['GET', '/v1/models'],
  listPlacements: ['GET', '/v1/placements'],
  listRuns: ['GET', '/v1/runs'],
  listSpecs: ['GET', '/v1/specs'],
  listTrainings: ['GET', '/v1/trainings'],
  listTransferReports: ['GET', '/v1/services'],
  listenToServer: ['GET', '/v1/stream'],
  lookUpItems: ['POST', '/v1/items/lookup'],
  measureExchange: ['GET', '/v1/services/{report}/exchange'],
  mergeUsers: ['POST', '/v1/users/{user}/merge'],
  patchItem: ['PATCH', '/v1/items/{item}'],
  patchUser: ['PATCH', '/v1/users/{user}'],
  putExperiment: ['PUT', '/v1/experiments/{name}'],
  putItem: ['PUT', '/v1/items/{item}'],
  putItems: ['POST', '/v1/items'],
  putPlacement: ['PUT', '/v1/placements/{name}'],
  putUser: ['PUT', '/v1/users/{user}'],
  rank: ['POST', '/v1/rankings'],
  readAssignment: ['GET', '/v1/experiments/{name}/assignments/{user}'],
  readEvents: ['GET', '/v1/events'],
  readExperiment: ['GET', '/v1/experiments/{name}'],
  readExperimentCourse: ['GET', '/v1/experiments/{name}/readout/course'],
  readExperimentOut: ['GET', '/v1/experiments/{name}/readout'],
  readExport: ['GET', '/v1/exports/{what}'],
  readHistory: ['GET', '/v1/users/{user}/history'],
  readItem: ['GET', '/v1/items/{item}'],
  readMetrics: ['GET', '/metrics'],
  readPlacement: ['GET', '/v1/placements/{name}'],
  readRecommendation: ['GET', '/v1/recommendations/{id}'],
  readTraffic: ['GET', '/v1/traffic'],
  readUser: ['GET', '/v1/users/{user}'],
  recommend: ['POST', '/v1/recommendations'],
  recommendNext: ['POST', '/v1/recommendations/{id}/next'],
  removeItem: ['DELETE', '/v1/items/{item}'],
  removeModel: ['DELETE', '/v1/models/{model}'],
  resumeRun: ['POST', '/v1/runs/{run}/resume'],
  rollBackAlias: ['POST', '/v1/aliases/{alias}/rollback'],
  searchUsers: ['GET', '/v1/users'],
  sendEvents: ['POST', '/v1/events'],
  startComparison: ['POST', '/v1/comparisons'],
  startEvaluation: ['POST', '/v1/evaluations'],
  startExperiment: ['POST', '/v1/experiments/{name}/start'],
  startTraining: ['POST', '/v1/trainings'],
  stopComparison: ['DELETE', '/v1/comparisons/{comparison}'],
  stopEvaluation: ['DELETE', '/v1/evaluations/{evaluation}'],
  stopExperiment: ['POST', '/v1/experiments/{name}/stop'],
  stopRun: ['DELETE', '/v1/runs/{run}'],
  stopTraining: ['DELETE', '/v1/trainings/{training}'],
  switchAlias: ['PUT', '/v1/aliases/{alias}'],
  train: ['POST', '/v1/runs'],
  tryFallback: ['GET', '/v1/services/{report}/fallback'],
} as const
